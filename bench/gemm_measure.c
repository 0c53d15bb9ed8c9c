/* gemm_measure.c - the workers of clif-bench gemm in turns, and what their times say. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gemm.h"

typedef struct process {
  pid_t id; /* 0: none */
  int ask, hear;
} process;

static void close_pipe(int ends[2]) {
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) close(ends[i]);
}

/* In the new process: no pipe of another worker may stay open, or that one would never end. */
static void be_worker(const gemm_options *options, gemm_row row, const process *others, int from,
                      int to) {
  for (gemm_row i = 0; i < row; i++)
    if (others[i].id) {
      close(others[i].ask);
      close(others[i].hear);
    }
  gemm_work(options, row, from, to);
  fflush(NULL);
  _exit(0);
}

/* Before anybody in this process has used OpenCL, whose threads do not survive a fork. */
static int start(const gemm_options *options, gemm_row row, process *processes) {
  int to_worker[2] = {-1, -1}, from_worker[2] = {-1, -1};
  process *p = &processes[row];
  if (pipe(to_worker) == 0 && pipe(from_worker) == 0) p->id = fork();
  if (p->id == 0 && from_worker[0] >= 0) {
    close(to_worker[1]);
    close(from_worker[0]);
    be_worker(options, row, processes, to_worker[0], from_worker[1]);
  }
  if (p->id <= 0) {
    p->id = 0;
    close_pipe(to_worker);
    close_pipe(from_worker);
    return complain("cannot start a process (%s); close other programs and try again",
                    strerror(errno));
  }
  close(to_worker[0]);
  close(from_worker[1]);
  p->ask = to_worker[1];
  p->hear = from_worker[0];
  return TOOL_OK;
}

static void end_process(process *p) {
  if (p->id == 0) return;
  close(p->ask);
  close(p->hear);
  waitpid(p->id, NULL, 0);
  p->id = 0;
}

static int hear(const process *p, gemm_row row, void *message, size_t size) {
  if (read(p->hear, message, size) == (ssize_t)size) return TOOL_OK;
  return complain("the process that computes %s ended without an answer; report it",
                  gemm_row_names[row]);
}

static int ask(const process *p, gemm_row row, size_t size, gemm_answer *answer) {
  if (write(p->ask, &size, sizeof size) != (ssize_t)sizeof size)
    return complain("the process that computes %s does not listen (%s); report it",
                    gemm_row_names[row], strerror(errno));
  const int code = hear(p, row, answer, sizeof *answer);
  return code == TOOL_OK ? answer->code : code;
}

static int start_all(gemm_bench *bench, process *processes) {
  fflush(NULL); /* nothing is to be written twice */
  int code = TOOL_OK;
  for (gemm_row row = 0; row < N_ROWS && code == TOOL_OK; row++)
    code = start(bench->options, row, processes);
  for (gemm_row row = 0; row < N_ROWS && code == TOOL_OK; row++) {
    code = hear(&processes[row], row, &bench->rows[row], sizeof bench->rows[row]);
    if (code == TOOL_OK) code = bench->rows[row].code;
  }
  return code;
}

/* ---- rounds ---- */

/* seconds[row][round] of one size, all rows in turns. The first round, not kept, prepares. */
static int run_rounds(gemm_bench *bench, const process *processes, size_t size, double *seconds) {
  const size_t rounds = bench->options->repeat;
  for (size_t round = 0; round <= rounds; round++) {
    for (gemm_row row = 0; row < N_ROWS; row++) {
      gemm_answer answer;
      if (!bench->rows[row].there) continue;
      const int code = ask(&processes[row], row, size, &answer);
      if (code != TOOL_OK) return code;
      if (round > 0) seconds[row * rounds + round - 1] = answer.seconds;
      bench->measured[size][row].scratch = answer.scratch;
      bench->measured[size][row].ascending = answer.ascending;
    }
    progress_add(1, 1);
  }
  return TOOL_OK;
}

static summary ratios(const double *seconds, const double *of, size_t rounds, double *room) {
  for (size_t i = 0; i < rounds; i++) room[i] = of[i] / seconds[i];
  return summarise(room, rounds);
}

static void summarise_size(gemm_bench *bench, size_t size, const double *seconds, double *room) {
  const size_t rounds = bench->options->repeat;
  const gemm_size *s = &bench->options->sizes[size];
  const double work = 2e-9 * (double)s->m * (double)s->n * (double)s->k;
  for (gemm_row row = 0; row < N_ROWS; row++) {
    gemm_measured *m = &bench->measured[size][row];
    const double *mine = seconds + row * rounds;
    if (!bench->rows[row].there) continue;
    memcpy(room, mine, rounds * sizeof *room);
    m->seconds = summarise(room, rounds);
    for (size_t i = 0; i < rounds; i++) room[i] = work / mine[i];
    m->gflops = summarise(room, rounds);
    m->ratio_own = ratios(mine, seconds + ROW_CLBLAST_OWN * rounds, rounds, room);
    if (bench->rows[ROW_OPENBLAS].there)
      m->ratio_openblas = ratios(mine, seconds + ROW_OPENBLAS * rounds, rounds, room);
    progress_log("%zux%zux%zu, %s: %.1f GFLOP/s", s->m, s->n, s->k, gemm_row_names[row],
                 m->gflops.median);
  }
}

static int measure_all(gemm_bench *bench, const process *processes) {
  const size_t rounds = bench->options->repeat, n_sizes = bench->options->n_sizes;
  double *seconds = calloc((N_ROWS + 1) * rounds, sizeof *seconds);
  if (!seconds) return complain("no memory; close other programs and try again");
  int code = TOOL_OK;
  progress_start((double)(n_sizes * (rounds + 1)), "rounds");
  for (size_t size = 0; size < n_sizes && code == TOOL_OK; size++) {
    code = run_rounds(bench, processes, size, seconds);
    if (code == TOOL_OK) summarise_size(bench, size, seconds, seconds + N_ROWS * rounds);
  }
  progress_end();
  free(seconds);
  return code;
}

int gemm_measure(gemm_bench *bench) {
  process processes[N_ROWS] = {{0}};
  signal(SIGPIPE, SIG_IGN); /* a worker that has ended is told by what it answers */
  int code = start_all(bench, processes);
  if (code == TOOL_OK) code = measure_all(bench, processes);
  for (gemm_row row = 0; row < N_ROWS; row++) end_process(&processes[row]);
  return code;
}
