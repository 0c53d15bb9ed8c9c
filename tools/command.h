/* command.h - the commands of the program `clif`. */
#ifndef CLIF_TOOL_COMMAND_H
#define CLIF_TOOL_COMMAND_H

#include "message.h"

/* Each gets its own name as argv[0] and answers an exit code. */
int devices_command(int argc, char **argv);
int lif_command(int argc, char **argv);
int plot_command(int argc, char **argv);
int run_command(int argc, char **argv);
int tune_command(int argc, char **argv);

#endif
