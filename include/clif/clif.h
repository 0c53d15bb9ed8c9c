/* clif.h - spiking neural networks on any OpenCL device, in C.
 *
 * A complete program: 100 steps of one neuron with a constant input of 1.5.
 *
 *   #include <clif/clif.h>
 *   #include <stdio.h>
 *
 *   int main(void) {
 *     static float current[100];
 *     static uint8_t spikes[100];
 *     for (int t = 0; t < 100; t++) current[t] = 1.5f;
 *     clif_context *context;
 *     clif_network *net = NULL;
 *     char why[512];
 *     if (clif_context_create(NULL, &context, why, sizeof why)) return puts(why), 1;
 *     clif_lif_params lif = clif_lif_defaults();
 *     size_t shape[] = {100, 1, 1}; // steps, samples, neurons
 *     clif_binding in = {"in", CLIF_OUTPUT, clif_array_view(current, CLIF_F32, 3, shape)};
 *     clif_binding out = {"lif", CLIF_OUTPUT, clif_array_view(spikes, CLIF_U8, 3, shape)};
 *     clif_run run = {
 *         .size = sizeof run, .inputs = &in, .n_inputs = 1, .outputs = &out, .n_outputs = 1};
 *     if (clif_network_create(context, &net) ||
 *         clif_network_add_input(net, "in", &(clif_shape){1, {1}}) ||
 *         clif_network_add_lif(net, "lif", &lif) || clif_network_connect(net, "in", "lif", 0) ||
 *         clif_network_record(net, "lif", CLIF_OUTPUT) || clif_network_prepare(net, NULL) ||
 *         clif_network_run(net, &run))
 *       puts(clif_context_error(context));
 *     for (int t = 0; t < 100; t++)
 *       if (spikes[t]) printf("spike at step %d\n", t);
 *     clif_network_destroy(net);
 *     clif_context_destroy(context);
 *   }
 *
 * Read on in this order: context.h (a device), network.h (build and run), neuron.h (the models),
 * group.h (neurons without a network), gradient.h (their training), nir.h and npy.h (files), tune.h
 * (faster matrix products). Every function that can fail returns a clif_status, and
 * clif_context_error() then has one sentence that says what was wrong and where. */
#ifndef CLIF_H
#define CLIF_H

#include "array.h"
#include "context.h"
#include "gradient.h"
#include "group.h"
#include "network.h"
#include "neuron.h"
#include "nir.h"
#include "npy.h"
#include "status.h"
#include "tune.h"
#include "version.h"

#endif
