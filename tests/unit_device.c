/* unit_device.c - which device is chosen, on a machine made up here: the four OpenCL functions that
 * tell what there is are replaced by ones that answer from a table. */
#include "support.h"

#include "core/device.h"

#define FAKE __attribute__((visibility("default")))

typedef struct fake_device {
  const char *name;
  cl_device_type type;
  cl_uint units, clock;
  cl_bool available, compiler, limits;
} fake_device;

typedef struct fake_platform {
  const char *name, *vendor;
  cl_int answer; /* of clGetDeviceIDs */
  const fake_device *devices;
  cl_uint n;
} fake_platform;

/* The machine of the test that runs. */
static const fake_platform *platforms;
static cl_uint n_platforms;

FAKE cl_int clGetPlatformIDs(cl_uint room, cl_platform_id *out, cl_uint *count) {
  if (n_platforms == 0) return -1001;
  for (cl_uint i = 0; i < room && i < n_platforms; i++)
    out[i] = (cl_platform_id)(uintptr_t)&platforms[i];
  *count = n_platforms;
  return CL_SUCCESS;
}

FAKE cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint room,
                           cl_device_id *out, cl_uint *count) {
  const fake_platform *p = (const fake_platform *)(uintptr_t)platform;
  assert_true(type == CL_DEVICE_TYPE_ALL);
  if (p->answer != CL_SUCCESS) return p->answer;
  for (cl_uint i = 0; i < room && i < p->n; i++) out[i] = (cl_device_id)(uintptr_t)&p->devices[i];
  *count = p->n;
  return CL_SUCCESS;
}

static cl_int answer(const void *value, size_t bytes, size_t room, void *out) {
  if (bytes > room) return CL_INVALID_VALUE;
  memcpy(out, value, bytes);
  return CL_SUCCESS;
}

FAKE cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t room,
                              void *out, size_t *size) {
  const fake_platform *p = (const fake_platform *)(uintptr_t)platform;
  (void)size;
  const char *text = what == CL_PLATFORM_NAME ? p->name : p->vendor;
  return answer(text, strlen(text) + 1, room, out);
}

FAKE cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t room, void *out,
                            size_t *size) {
  const fake_device *d = (const fake_device *)(uintptr_t)device;
  (void)size;
  const cl_ulong largest = d->limits ? (cl_ulong)1 << 30 : 0;
  const size_t group = 64;
  switch (what) {
  case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
    return answer(&largest, sizeof largest, room, out);
  case CL_DEVICE_MAX_WORK_GROUP_SIZE:
    return answer(&group, sizeof group, room, out);
  case CL_DEVICE_NAME:
    return answer(d->name, strlen(d->name) + 1, room, out);
  case CL_DEVICE_TYPE:
    return answer(&d->type, sizeof d->type, room, out);
  case CL_DEVICE_MAX_COMPUTE_UNITS:
    return answer(&d->units, sizeof d->units, room, out);
  case CL_DEVICE_MAX_CLOCK_FREQUENCY:
    return answer(&d->clock, sizeof d->clock, room, out);
  case CL_DEVICE_AVAILABLE:
    return answer(&d->available, sizeof d->available, room, out);
  case CL_DEVICE_COMPILER_AVAILABLE:
    return answer(&d->compiler, sizeof d->compiler, room, out);
  default:
    return CL_INVALID_VALUE;
  }
}

/* ---- machines ---- */

static const fake_device cpus[] = {
    {"pthread-EPYC", CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_DEFAULT, 64, 3000, 1, 1, 1}};
static const fake_device gpus[] = {{"Small Radeon", CL_DEVICE_TYPE_GPU, 8, 1000, 1, 1, 1},
                                   {"Big Radeon", CL_DEVICE_TYPE_GPU, 40, 1500, 1, 1, 1},
                                   {"Broken Radeon", CL_DEVICE_TYPE_GPU, 99, 9999, 1, 0, 1},
                                   {"Absent Radeon", CL_DEVICE_TYPE_GPU, 99, 9999, 0, 1, 1},
                                   {"Mute Radeon", CL_DEVICE_TYPE_GPU, 99, 9999, 1, 1, 0}};
static const fake_device boards[] = {{"Board:x", CL_DEVICE_TYPE_ACCELERATOR, 90, 9000, 1, 1, 1}};

static const fake_platform whole_machine[] = {
    {"Empty", "Nobody", CL_DEVICE_NOT_FOUND, NULL, 0},
    {"Portable Computing Language", "The pocl project", CL_SUCCESS, cpus, 1},
    {"Failing", "Nobody", CL_OUT_OF_HOST_MEMORY, NULL, 0},
    {"AMD Parallel Processing", "Advanced Micro Devices", CL_SUCCESS, gpus, 5},
    {"Boards", "Some Maker", CL_SUCCESS, boards, 1}};

static void use(const fake_platform *machine, size_t n) {
  platforms = machine;
  n_platforms = (cl_uint)n;
}

static int whole(void **state) {
  (void)state;
  unsetenv("CLIF_DEVICE");
  use(whole_machine, 5);
  return 0;
}

static clif_context ctx;

static void assert_chosen(const char *wanted, const char *name) {
  ctx = (clif_context){.holders = 1};
  clif_status status = clif__device_choose(&ctx, wanted);
  if (status != CLIF_OK) fail_msg("'%s': %s", wanted ? wanted : "", ctx.error);
  if (strcmp(ctx.info.name, name) != 0)
    fail_msg("'%s': expected %s, got %s", wanted ? wanted : "", name, ctx.info.name);
}

static void assert_none(const char *wanted, const char *words) {
  ctx = (clif_context){.holders = 1};
  assert_refused(&ctx, CLIF_NO_DEVICE, words, clif__device_choose(&ctx, wanted));
}

/* ---- tests ---- */

static void platforms_without_devices_are_passed_over(void **state) {
  (void)state;
  clif_device_info list[8];
  size_t count = 0;
  assert_int_equal(clif_device_list(list, 8, &count), CLIF_OK);
  assert_int_equal(count, 7);
  assert_string_equal(list[0].name, "pthread-EPYC");
  assert_int_equal(list[0].platform_index, 1);
  assert_int_equal(list[0].device_index, 0);
  assert_int_equal(list[0].type, CLIF_DEVICE_CPU);
  assert_string_equal(list[2].name, "Big Radeon");
  assert_int_equal(list[2].platform_index, 3);
  assert_int_equal(list[2].device_index, 1);
  assert_int_equal(list[2].compute_units, 40);
  assert_int_equal(list[2].usable, 1);
  assert_int_equal(list[3].usable, 0);
  assert_int_equal(list[4].usable, 0);
  assert_int_equal(list[5].usable, 0);
  assert_int_equal(list[6].type, CLIF_DEVICE_ACCELERATOR);
}

static void a_list_writes_no_more_than_there_is_room_for(void **state) {
  (void)state;
  clif_device_info list[2];
  memset(list, 0x5a, sizeof list);
  size_t count = 0;
  assert_int_equal(clif_device_list(list, 1, &count), CLIF_OK);
  assert_int_equal(count, 7);
  assert_string_equal(list[0].name, "pthread-EPYC");
  assert_int_equal(list[1].name[0], 0x5a);
  assert_int_equal(clif_device_list(NULL, 0, &count), CLIF_OK);
  assert_int_equal(count, 7);
  assert_int_equal(clif_device_list(list, 1, NULL), CLIF_INVALID_ARGUMENT);
}

static void the_best_usable_device_is_the_default(void **state) {
  (void)state;
  assert_chosen(NULL, "Big Radeon");
  assert_chosen("", "Big Radeon");
  use(whole_machine, 3);
  assert_chosen(NULL, "pthread-EPYC");
  const fake_platform two[] = {whole_machine[1], whole_machine[4]};
  use(two, 2);
  assert_chosen(NULL, "Board:x");
}

static void numbers_and_parts_of_names_choose(void **state) {
  (void)state;
  assert_chosen("1", "pthread-EPYC");
  assert_chosen("1:0", "pthread-EPYC");
  assert_chosen("1:", "pthread-EPYC");
  assert_chosen("3:0", "Small Radeon");
  assert_chosen("3", "Big Radeon");
  assert_chosen(":1", "Big Radeon");
  assert_chosen(":small", "Small Radeon");
  assert_chosen("PoCL", "pthread-EPYC");
  assert_chosen("portable", "pthread-EPYC");
  assert_chosen("amd:SMALL", "Small Radeon");
  assert_chosen("epyc", "pthread-EPYC");
  assert_chosen("small radeon", "Small Radeon");
  assert_chosen("4:board:x", "Board:x");
}

static void the_argument_goes_before_the_environment(void **state) {
  (void)state;
  setenv("CLIF_DEVICE", "pocl", 1);
  assert_chosen(NULL, "pthread-EPYC");
  assert_chosen("", "pthread-EPYC");
  assert_chosen("boards", "Board:x");
  setenv("CLIF_DEVICE", "", 1);
  assert_chosen(NULL, "Big Radeon");
  setenv("CLIF_DEVICE", "nvidia", 1);
  assert_none(NULL, "'nvidia' (from CLIF_DEVICE)");
  assert_none("intel", "'intel':");
}

static void a_refusal_lists_what_there_is(void **state) {
  (void)state;
  assert_none("nvidia", "no OpenCL device matches 'nvidia'");
  assert_none("nvidia", "1:0 'pthread-EPYC' on 'Portable Computing Language'");
  assert_none("nvidia", "3:1 'Big Radeon'");
  assert_none("7:0", "'7:0'");
  assert_none("0", "'0'");
  assert_none("1:epic", "'1:epic'");
  assert_none("99999999999999999999", "99999999999999999999");
}

static void a_device_that_cannot_be_used_is_refused_by_name(void **state) {
  (void)state;
  assert_none("3:2", "'3:2' cannot be used");
  assert_none("broken", "no compiler");
  const fake_platform broken[] = {{"AMD", "AMD", CL_SUCCESS, gpus + 2, 3}};
  use(broken, 1);
  assert_none(NULL, "none of the OpenCL devices can be used");
  assert_none(NULL, "0:1 'Absent Radeon'");
}

static void a_machine_without_devices_is_told_what_to_install(void **state) {
  (void)state;
  use(NULL, 0);
  assert_none(NULL, "pocl-opencl-icd");
  assert_none("nvidia", "'nvidia'");
  use(whole_machine, 1);
  assert_none(NULL, "pocl-opencl-icd");
  size_t count = 1;
  assert_int_equal(clif_device_list(NULL, 0, &count), CLIF_OK);
  assert_int_equal(count, 0);
}

static void long_names_are_cut(void **state) {
  (void)state;
  char name[1000];
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  const fake_device device = {name, CL_DEVICE_TYPE_CUSTOM, 1, 1, 1, 1, 1};
  const fake_platform machine[] = {{name, name, CL_SUCCESS, &device, 1}};
  use(machine, 1);
  clif_device_info info;
  size_t count;
  assert_int_equal(clif_device_list(&info, 1, &count), CLIF_OK);
  assert_int_equal(strlen(info.name), sizeof info.name - 1);
  assert_int_equal(strlen(info.platform), sizeof info.platform - 1);
  assert_int_equal(info.type, CLIF_DEVICE_OTHER);
  assert_string_equal(info.version, "");
}

#define TEST(name) cmocka_unit_test_setup(name, whole)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(platforms_without_devices_are_passed_over),
      TEST(a_list_writes_no_more_than_there_is_room_for),
      TEST(the_best_usable_device_is_the_default),
      TEST(numbers_and_parts_of_names_choose),
      TEST(the_argument_goes_before_the_environment),
      TEST(a_refusal_lists_what_there_is),
      TEST(a_device_that_cannot_be_used_is_refused_by_name),
      TEST(a_machine_without_devices_is_told_what_to_install),
      TEST(long_names_are_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
