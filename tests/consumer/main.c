/* A program outside of clif's tree: says the version, and makes a network on the default device. */
#include <clif/clif.h>
#include <stdio.h>

int main(void) {
  clif_context *context = NULL;
  clif_network *network = NULL;
  char why[512] = "";
  if (clif_context_create(NULL, &context, why, sizeof why) != CLIF_OK) {
    puts(why);
    return 1;
  }
  clif_status status = clif_network_create(context, &network);
  if (status == CLIF_OK)
    printf("clif %s\n", clif_version());
  else
    puts(clif_context_error(context));
  clif_network_destroy(network);
  clif_context_destroy(context);
  return status != CLIF_OK;
}
