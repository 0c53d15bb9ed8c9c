/* run.c - clif run: a NIR network on input from a .npy file. */
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "progress.h"
#include "run.h"

static const char help[] =
    "usage: clif run MODEL.nir INPUT.npy [OPTION]...\n"
    "\n"
    "Runs a network on input of shape (T, B, the network's input...): T steps of B samples, uint8 "
    "or\n"
    "float32 (int64 and float64 are converted). An array of shape (T, n) is one sample. INPUT.npy "
    "may\n"
    "be -, standard input. Options and files may come in any order.\n"
    "\n"
    "the model:\n"
    "  --dt X               length of a step, in the unit of the file's time constants (seconds)\n"
    "  --compat WAY         plain, or snntorch: as snnTorch imports NIR\n"
    "  --if-gain WAY        what r of an IF node means: r (v + r*I), dt-r (v + dt*r*I), or auto:\n"
    "                       r where all r are 1\n"
    "\n"
    "the neurons, in all LIF and IF nodes (numbers in brackets: where the option is left out):\n" //
    NEURON_OPTIONS_HELP "  --seed N             of all random numbers (0)\n"
    "\n"
    "the input as spikes:\n"
    "  --coding WAY         rate: in every step with probability gain * x; latency: one spike, "
    "the\n"
    "                       earlier the larger gain * x; delta: where gain * x has grown; or "
    "none.\n"
    "                       With it INPUT.npy may be still images, (B, the network's input...)\n"
    "  --steps N            how long still images are shown (25)\n"
    "  --gain X             (1)\n"
    "  --coding-threshold X latency: gain * x at or below it never spikes (0.01); delta: how much\n"
    "                       gain * x must have grown (0.1)\n"
    "  --negative           delta: also spikes of -1 where it has fallen as much\n"
    "\n"
    "results:\n"
    "  --labels FILE        int64 or uint8, one per sample: tells the accuracy. The output with "
    "the\n"
    "                       most spikes counts, of a real-valued output that with the largest sum\n"
    "  --out FILE           the output: (T, B, n) uint8, of a real-valued output float32\n"
    "  --record NODE=FILE   what a node puts out; NODE.v=FILE its membrane potential after the "
    "reset,\n"
    "                       NODE.v_pre=FILE before it, NODE.th=FILE its threshold. May be given\n"
    "                       several times\n"
    "                       One FILE may be -, standard output: the report then goes to stderr\n"
    "  --tune               measure what either way costs here, once, and choose by it\n"
    "  --explain            print the plan: buffers and commands\n"
    "  --profile            print it at the end, with the time that each command took\n"
    "  --quiet              no report, no notes, no progress bar\n"
    "  --log                a line on stderr for each stage, and no progress bar\n"
    "\n"
    "the machine:\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "  --batch N            run N samples at a time, not all side by side\n"
    "  --chunk N            run N steps at a time; the state is carried on\n"
    "  --max-memory SIZE    of all buffers on the device: bytes, or with K, M, G or T behind\n"
    "  --linear WAY         how linear layers are computed: auto, dense or events\n"
    "  --dense BY           who computes matrix products: auto, clblast or cblas\n"
    "  --overlap WAY        copies beside computing: on, off, or auto: where the device has memory "
    "of\n"
    "                       its own\n"
    "\n"
    "None of the last six changes a spike.\n"
    "\n"
    "example, from the root of the source tree:\n"
    "  clif run examples/digits/digits.nir examples/digits/input_spikes.npy --dt 1e-3 "
    "--labels examples/digits/labels.npy\n";

static int prepare(run_session *session) {
  const clif_prepare_options wanted = {.size = sizeof wanted,
                                       .batch = session->group,
                                       .steps = session->chunk,
                                       .max_device_bytes = session->options->max_memory,
                                       .linear = session->options->linear,
                                       .dense = session->options->dense,
                                       .seed = session->options->seed,
                                       .tune = session->options->tune,
                                       .profile = session->options->profile,
                                       .overlap = session->options->overlap};
  const double started = seconds_now();
  progress_wait("preparing; the first time on a device kernels are compiled...");
  const clif_status status = clif_network_prepare(session->network, &wanted);
  progress_end();
  if (status != CLIF_OK) return run_complain(session);
  session->prepare_seconds = seconds_now() - started;
  progress_log("prepared in %.3g s", session->prepare_seconds);
  return interrupt_came() ? complain_interrupted(0, run_work(session)) : TOOL_OK;
}

static int execute(run_session *session) {
  if (!session->options->quiet) run_report_start(session);
  if (session->options->explain) run_report_plan(session);
  fflush(session->report); /* a long run should not keep back what is known */
  const double started = seconds_now();
  const int code = run_parts(session);
  session->run_seconds = seconds_now() - started;
  if (code == TOOL_OK) progress_log_run(session->steps, session->samples, session->run_seconds);
  return code;
}

static int load(run_session *session) {
  const double started = seconds_now();
  const int code = run_load(session);
  if (code == TOOL_OK)
    progress_log("loaded '%s' and '%s' in %.3g s", session->options->model, session->options->input,
                 seconds_now() - started);
  return code;
}

static int write_files(const run_session *session) {
  const size_t files = session->options->n_records + (session->options->out != NULL);
  const double started = seconds_now();
  const int code = run_record_write(session);
  if (code == TOOL_OK) progress_log_written(files, seconds_now() - started);
  return code;
}

static int run_session_go(run_session *session) {
  int code = load(session);
  if (code == TOOL_OK) code = run_neurons_set(session);
  if (code == TOOL_OK) code = run_coding_set(session);
  if (code == TOOL_OK) code = run_record_request(session);
  /* Reading from a pipe is not to be held up by a flag, so this starts only now. */
  if (code == TOOL_OK) interrupt_watch();
  if (code == TOOL_OK) code = prepare(session);
  if (code == TOOL_OK) code = run_record_create(session);
  if (code == TOOL_OK) code = run_score_check(session);
  if (code == TOOL_OK) code = execute(session);
  if (code == TOOL_OK) code = write_files(session);
  if (code != TOOL_OK) return code;
  run_score(session);
  if (session->options->profile) run_report_plan(session);
  if (!session->options->quiet) run_report_end(session);
  return TOOL_OK;
}

static void run_session_close(run_session *session) {
  for (size_t i = 0; i < session->n_recordings; i++)
    clif_array_free(session->context, &session->recordings[i].array);
  if (session->context) {
    clif_array_free(session->context, &session->labels);
    clif_array_free(session->context, &session->loaded);
  }
  free(session->totals);
  free(session->bindings);
  free(session->record_of);
  free(session->recordings);
  clif_network_destroy(session->network);
  clif_context_destroy(session->context);
}

int run_command(int argc, char **argv) {
  run_options options;
  int code = run_options_parse(argc, argv, &options);
  if (code == TOOL_OK && options.help) {
    fputs(help, stdout);
  } else if (code == TOOL_OK && (code = run_files_check(&options)) == TOOL_OK) {
    run_session session;
    memset(&session, 0, sizeof session);
    session.options = &options;
    session.report = run_files_use_stdout(&options) ? stderr : stdout;
    code = run_session_go(&session);
    run_session_close(&session);
  }
  run_options_free(&options);
  return code;
}
