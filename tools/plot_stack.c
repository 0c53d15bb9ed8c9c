/* plot_stack.c - panels over one time axis. */
#include "plot.h"

double plot_panel_legend(const plot_session *session, const plot_panel *panel, double width) {
  if (panel->kind == PANEL_TRACES || panel->kind == PANEL_INPUT)
    return plot_traces_legend(session, panel, width);
  return panel->kind == PANEL_COUNTS ? plot_counts_legend(panel, width) : 0;
}

int plot_panel_draw(const plot_session *session, plot_sheet *sheet, const plot_panel *panel,
                    const plot_frame *frame, const plot_axis *x) {
  switch (panel->kind) {
  case PANEL_RASTER:
    plot_raster_draw(sheet, panel, frame, x);
    return TOOL_OK;
  case PANEL_COUNTS:
    plot_counts_draw(sheet, panel, frame, x);
    return TOOL_OK;
  default:
    return plot_traces_draw(session, sheet, panel, frame, x);
  }
}

int plot_stack(const plot_session *session, plot_sheet *sheet) {
  enum { GAP = 16 };
  char label[PLOT_TEXT];
  plot_frame frame = {PLOT_MARGIN_LEFT, sheet->width - PLOT_MARGIN_RIGHT, 0, 0};
  plot_axis x = plot_time_axis(sheet->options, &session->panels[0].data, label);
  double legends = 0;
  int code = plot_traces_check(session);
  if (code != TOOL_OK) return code;
  for (size_t i = 0; i < session->n_panels; i++)
    legends += plot_panel_legend(session, &session->panels[i], frame.right - frame.left);
  const double gaps = GAP * (double)(session->n_panels - 1);
  const double height = (sheet->height - sheet->top - PLOT_MARGIN_BOTTOM - legends - gaps) /
                        (double)session->n_panels;
  if (height < 40)
    return complain("the panels do not fit into %zux%zu pixels; make --size larger",
                    sheet->paper->width, sheet->paper->height);
  frame.bottom = sheet->top - GAP;
  for (size_t i = 0; code == TOOL_OK && i < session->n_panels; i++) {
    const plot_panel *panel = &session->panels[i];
    frame.top = frame.bottom + GAP + plot_panel_legend(session, panel, frame.right - frame.left);
    frame.bottom = frame.top + height;
    x.bare = i + 1 < session->n_panels;
    code = plot_panel_draw(session, sheet, panel, &frame, &x);
  }
  return code;
}
