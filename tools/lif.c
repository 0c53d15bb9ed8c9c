/* lif.c - clif lif: a group of LIF neurons without a network. */
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "lif.h"
#include "progress.h"

static const char help[] =
    "usage: clif lif [OPTION]...\n"
    "\n"
    "Simulates a group of leaky integrate-and-fire neurons and tells how often they fire. Numbers "
    "in\n"
    "brackets hold where an option is left out.\n"
    "\n"
    "how much:\n"
    "  --neurons N          (1000)\n"
    "  --batch N            samples side by side: the same neurons with other input (1)\n"
    "  --steps N            (100)\n"
    "\n"
    "input:\n"
    "  --input WHAT         const:X, uniform:LOW,HIGH, normal:MEAN,STD, ramp:FROM,TO or a .npy "
    "file\n"
    "                       (const:1.5). uniform and normal: new for every neuron, sample and "
    "step.\n"
    "                       ramp: over all steps, the same for all neurons. A file of shape (T, "
    "B, n),\n"
    "                       (T, n): one sample, or (T,): the same for all; it says how much is "
    "run\n"
    "  --relu               input below 0 is 0\n"
    "  --input-noise STD    Gaussian noise on the input, after --relu (0)\n"
    "\n"
    "the neuron:\n"
    "  --preset P           default, or seed: the step of Extended LIF Neurons, adaptive and\n"
    "                       stochastic with noise 0.1 (default)\n"
    "  --tau X  --dt X      time constant (20) and length of a step (1), in one unit of time\n"
    "  --r X                the input is multiplied by it (1)\n"
    "  --v-leak X           where v goes without input (0)\n"
    "  --v-reset X          where v starts and is put after a spike (0)\n"
    "  --threshold X        (1)\n"
    "  --integration WAY    euler or exact (euler)\n"
    "  --reset WAY          value, subtract or none (value)\n"
    "  --strict             fire above the threshold only, not at it\n" NEURON_OPTIONS_HELP
    "  --fixed-threshold    --preset seed without its adaptive threshold\n"
    "  --deterministic      --preset seed without chance and noise\n"
    "  --seed N             of all random numbers, the input's too (0)\n"
    "\n"
    "results, each a .npy file that holds all steps and is kept in memory until they are done:\n"
    "  --spikes FILE        uint8 (T, B, n)\n"
    "  --spike-bits FILE    uint32 (T, B, words): neuron i is bit i % 32 of word i / 32\n"
    "  --record-v FILE      float32 (T, B, n): v after the reset\n"
    "  --record-v-pre FILE  v before the reset\n"
    "  --record-th FILE     the threshold after the step\n"
    "                       One FILE may be -, standard output: the report then goes to stderr\n"
    "  --quiet              no report, no notes, no progress bar\n"
    "  --log                a line on stderr for each stage, and no progress bar\n"
    "\n"
    "the machine:\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "  --chunk N            run at most N steps at a time; the state is carried on\n"
    "  --max-memory SIZE    of all buffers on the device: bytes, or with K, M, G or T behind\n"
    "\n"
    "None of these three changes a result.\n"
    "\n"
    "examples:\n"
    "  clif lif --neurons 1 --steps 100 --input const:1.5\n"
    "  clif lif --preset seed --input uniform:0,1\n"
    "  clif lif --adaptive --noise 0.05 --input ramp:0,3 --steps 500 --spikes /dev/null\n";

static int prepare(lif_session *session) {
  const lif_options *options = session->options;
  unsigned record = 0;
  if (options->outputs[LIF_V]) record |= CLIF_RECORD_V;
  if (options->outputs[LIF_V_PRE]) record |= CLIF_RECORD_V_PRE;
  if (options->outputs[LIF_TH]) record |= CLIF_RECORD_TH;
  const clif_group_options wanted = {.size = sizeof wanted,
                                     .neurons = session->neurons,
                                     .batch = session->samples,
                                     .steps = session->chunk,
                                     .max_device_bytes = options->max_memory,
                                     .seed = options->seed,
                                     .spikes = session->needs_spikes ? CLIF_SPIKES_BITS
                                                                     : CLIF_SPIKES_NONE,
                                     .record = record};
  const double started = seconds_now();
  session->params = lif_neuron_params(&options->neuron);
  progress_wait("preparing; the first time on a device kernels are compiled...");
  const clif_status status =
      clif_group_create(session->context, &session->params, &wanted, &session->group);
  progress_end();
  if (status != CLIF_OK) return lif_complain(session);
  session->prepare_seconds = seconds_now() - started;
  progress_log("prepared in %.3g s", session->prepare_seconds);
  return interrupt_came() ? complain_interrupted(0, lif_work(session)) : TOOL_OK;
}

static int execute(lif_session *session) {
  if (!session->options->quiet) lif_report_start(session);
  fflush(session->report); /* a long run should not keep back what is known */
  const double started = seconds_now();
  const int code = lif_run(session);
  session->run_seconds = seconds_now() - started;
  if (code == TOOL_OK) progress_log_run(session->steps, session->samples, session->run_seconds);
  return code;
}

static int write_files(const lif_session *session) {
  size_t files = 0;
  for (int i = 0; i < LIF_OUTPUTS; i++) files += session->options->outputs[i] != NULL;
  const double started = seconds_now();
  const int code = lif_output_write(session);
  if (code == TOOL_OK) progress_log_written(files, seconds_now() - started);
  return code;
}

static int go(lif_session *session) {
  int code = lif_load(session);
  /* Reading from a pipe is not to be held up by a flag, so this starts only now. */
  if (code == TOOL_OK) interrupt_watch();
  if (code == TOOL_OK) code = prepare(session);
  if (code == TOOL_OK) code = lif_output_create(session);
  if (code == TOOL_OK && !session->options->quiet) code = lif_statistics_create(session);
  if (code == TOOL_OK) code = execute(session);
  if (code == TOOL_OK) code = write_files(session);
  if (code == TOOL_OK && !session->options->quiet) code = lif_report_end(session);
  return code;
}

static void session_close(lif_session *session) {
  if (session->context) {
    for (int i = 0; i < LIF_OUTPUTS; i++) clif_array_free(session->context, &session->outputs[i]);
    clif_array_free(session->context, &session->bits);
    clif_array_free(session->context, &session->drawn);
    clif_array_free(session->context, &session->loaded);
  }
  lif_statistics_free(&session->statistics);
  clif_group_destroy(session->group);
  clif_context_destroy(session->context);
}

int lif_command(int argc, char **argv) {
  lif_options options;
  int code = lif_options_parse(argc, argv, &options);
  if (code == TOOL_OK && options.help) {
    fputs(help, stdout);
  } else if (code == TOOL_OK && (code = lif_files_check(&options)) == TOOL_OK) {
    lif_session session;
    memset(&session, 0, sizeof session);
    session.options = &options;
    session.report = lif_files_use_stdout(&options) ? stderr : stdout;
    code = go(&session);
    session_close(&session);
  }
  return code;
}
