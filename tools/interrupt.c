/* interrupt.c - Ctrl-C asks for a clean stop. */
#include "interrupt.h"

#include <signal.h>
#include <string.h>

#include "message.h"

static volatile sig_atomic_t came;

static void on_interrupt(int signal_number) {
  (void)signal_number;
  came = 1;
}

void interrupt_watch(void) {
  struct sigaction before, action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_interrupt;
  action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(SIGINT, &action, NULL);
}

bool interrupt_came(void) {
  return came != 0;
}

int complain_interrupted(uint64_t done, uint64_t total) {
  if (done == 0)
    say_sentence("stopped by Ctrl-C before the first step; no file was written");
  else
    say_sentence("stopped by Ctrl-C after %llu of %llu steps x samples; no file was written",
                 (unsigned long long)done, (unsigned long long)total);
  return TOOL_INTERRUPTED;
}
