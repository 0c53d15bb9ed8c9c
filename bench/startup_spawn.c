/* startup_spawn.c - runs a program and takes its time from the call that starts it to its end. */
#include "startup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* ---- starting ---- */

static int set_files(posix_spawn_file_actions_t *files, const char *messages) {
  int error = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
  if (!error) error = posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_WRONLY, 0);
  if (!error)
    error =
        posix_spawn_file_actions_addopen(files, 2, messages, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  return error;
}

/* Ctrl-C is ignored here while it runs, so that what is left of it can be tidied up. */
static int set_signals(posix_spawnattr_t *attributes) {
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGINT);
  const int error = posix_spawnattr_setsigdefault(attributes, &usual);
  return error ? error : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
}

/* An errno, or 0. */
static int start(const char *program, const char *const *arguments, const char *messages,
                 pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&files);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    error = set_files(&files, messages);
    if (!error) error = set_signals(&attributes);
    /* It does not write to the arguments; its type is older than const. */
    if (!error)
      error = posix_spawnp(pid, program, &files, &attributes, (char *const *)arguments, environ);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return error;
}

/* ---- ending ---- */

/* With the first line of what it said. */
static int complain_ended(const char *program, const char *command, int status,
                          const char *messages) {
  char line[512] = "";
  FILE *file = fopen(messages, "r");
  if (file && !fgets(line, sizeof line, file)) line[0] = 0;
  if (file) fclose(file);
  line[strcspn(line, "\n")] = 0;
  if (WIFSIGNALED(status))
    return complain("%s %s was ended by signal %d%s%s", program, command, WTERMSIG(status),
                    *line ? ": " : "", line);
  return complain("%s %s ended with exit code %d%s%s", program, command, WEXITSTATUS(status),
                  *line ? ": " : "", line);
}

int startup_spawn(const char *program, const char *const *arguments, const char *messages,
                  double *seconds) {
  pid_t pid;
  int status = 0;
  const double started = seconds_now();
  const int error = start(program, arguments, messages, &pid);
  if (error)
    return complain("cannot start '%s' (%s); name the program clif by --program", program,
                    strerror(error));
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return complain("cannot wait for %s (%s)", program, strerror(errno));
  *seconds = seconds_now() - started;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) return TOOL_INTERRUPTED;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return TOOL_OK;
  return complain_ended(program, arguments[1], status, messages);
}
