/* gnuplot.c - runs gnuplot: a script goes in through a pipe, a picture comes out into a file. */
#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"

extern char **environ;

/* A file of a name that nobody has, beside the one that is to be. */
static FILE *open_temporary(gnuplot *g, mode_t mode) {
  const size_t size = strlen(g->out) + 48;
  int fd = -1;
  g->temporary = malloc(size);
  if (!g->temporary) return NULL;
  for (int attempt = 0; fd < 0 && attempt < 100; attempt++) {
    snprintf(g->temporary, size, "%s.%ld-%d.tmp", g->out, (long)getpid(), attempt);
    fd = open(g->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 && errno != EEXIST) break;
  }
  if (fd >= 0) return fdopen(fd, "r+b");
  free(g->temporary);
  g->temporary = NULL;
  return NULL;
}

/* A link such as /dev/stdout stays a link, wherever it leads: it is written through, never
 * replaced.
 */
static FILE *open_picture(gnuplot *g) {
  struct stat old;
  const bool exists = lstat(g->out, &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) return tmpfile();
  FILE *picture = open_temporary(g, exists ? 0600 : 0666);
  if (picture && exists) (void)fchmod(fileno(picture), old.st_mode & 0777);
  return picture;
}

/* Default settings only: what a user has in ~/.gnuplot would change the picture. A death by SIGPIPE
 * is ours to avoid, not to hand on. */
static int spawn(gnuplot *g, int script) {
  char *arguments[] = {(char[]){"gnuplot"}, (char[]){"--default-settings"}, NULL};
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  if (posix_spawn_file_actions_init(&files) != 0) return errno;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&files);
    return errno;
  }
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  posix_spawn_file_actions_adddup2(&files, script, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, fileno(g->picture), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, fileno(g->said), STDERR_FILENO);
  const int error = posix_spawnp(&g->pid, "gnuplot", &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

static int complain_spawn(int error, const char *otherwise) {
  if (error == ENOENT)
    return complain("gnuplot, which draws the pictures, is not there; install gnuplot-nox "
                    "(apt-get install gnuplot-nox)%s",
                    otherwise);
  return complain("gnuplot cannot be started (%s); check its installation", strerror(error));
}

/* Closes what is open; a picture that is not where it belongs by now is thrown away. */
static void put_away(gnuplot *g) {
  if (g->script) fclose(g->script);
  if (g->said) fclose(g->said);
  if (g->picture) fclose(g->picture);
  if (g->temporary) unlink(g->temporary);
  free(g->temporary);
  memset(g, 0, sizeof *g);
}

static int connect_and_spawn(gnuplot *g, const char *otherwise) {
  int ends[2];
  if (pipe(ends) != 0)
    return complain("no pipe to gnuplot (%s); close other programs", strerror(errno));
  fcntl(ends[1], F_SETFD, FD_CLOEXEC); /* else gnuplot would hold its own input open */
  signal(SIGPIPE, SIG_IGN);            /* of a gnuplot that dies early its exit code tells */
  const int error = spawn(g, ends[0]);
  close(ends[0]);
  g->script = fdopen(ends[1], "w");
  return error == 0 ? TOOL_OK : complain_spawn(error, otherwise);
}

int gnuplot_start(gnuplot *g, const char *out, const char *otherwise) {
  int code = TOOL_OK;
  g->out = out;
  g->said = tmpfile();
  if (!g->said) code = complain("no temporary file (%s); make room in /tmp", strerror(errno));
  if (code == TOOL_OK && !(g->picture = open_picture(g)))
    code = complain("cannot write '%s' (%s); name another file", out, strerror(errno));
  if (code == TOOL_OK) code = connect_and_spawn(g, otherwise);
  if (code != TOOL_OK) put_away(g);
  return code;
}

/* The first line of what gnuplot said that tells something: it draws an arrow under the place, and
 * begins with the place itself. */
static void first_words(FILE *said, char *line, size_t size) {
  rewind(said);
  while (fgets(line, (int)size, said)) {
    line[strcspn(line, "\n")] = 0;
    if (strstr(line, "line ") && strchr(line, ':')) return;
  }
  snprintf(line, size, "without a word");
}

static int complain_gnuplot(gnuplot *g, int state) {
  char line[256];
  if (interrupt_came()) {
    say_sentence("stopped by Ctrl-C while drawing; no file was written");
    return TOOL_INTERRUPTED;
  }
  first_words(g->said, line, sizeof line);
  if (WIFSIGNALED(state))
    return complain("gnuplot was killed by signal %d while it drew '%s'; draw less, or smaller",
                    WTERMSIG(state), g->out);
  return complain("gnuplot failed on '%s' (%s); check that it is gnuplot-nox 5.2 or newer", g->out,
                  line);
}

/* Gnuplot does not look whether the disk was full: a picture that is whole ends in its own way. */
static bool is_whole(FILE *picture) {
  char tail[33] = "";
  if (fseek(picture, -32, SEEK_END) != 0 || fread(tail, 1, 32, picture) != 32) return false;
  for (size_t i = 0; i < 32; i++)
    if (!tail[i]) tail[i] = ' ';
  return strstr(tail, "IEND") || strstr(tail, "</svg>") || strstr(tail, "%%EOF");
}

static bool copy_out(gnuplot *g) {
  char part[65536];
  size_t got;
  FILE *to = fopen(g->out, "wb");
  if (!to) return false;
  rewind(g->picture);
  bool well = true;
  while (well && (got = fread(part, 1, sizeof part, g->picture)) > 0)
    well = fwrite(part, 1, got, to) == got;
  return (fclose(to) == 0) && well;
}

static int deliver(gnuplot *g) {
  if (!is_whole(g->picture))
    return complain("the picture for '%s' was cut short; make room on the disk", g->out);
  if (!(g->temporary ? rename(g->temporary, g->out) == 0 : copy_out(g)))
    return complain("cannot write '%s' (%s); name another file", g->out, strerror(errno));
  free(g->temporary);
  g->temporary = NULL;
  return TOOL_OK;
}

int gnuplot_finish(gnuplot *g, bool keep) {
  int state = 0, code = TOOL_FAILED;
  fclose(g->script);
  g->script = NULL;
  while (waitpid(g->pid, &state, 0) < 0 && errno == EINTR) {
  }
  if (keep)
    code = WIFEXITED(state) && WEXITSTATUS(state) == 0 ? deliver(g) : complain_gnuplot(g, state);
  put_away(g);
  return code;
}
