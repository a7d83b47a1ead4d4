/*
 * The baseline of the poll bench: reads the same blocks from the same server with libmodbus.
 *
 * usage: poll-client PORT CYCLES WARM_UP ADDRESS COUNT [ADDRESS COUNT ...]
 *
 * Prints the median of the cycle times in microseconds.
 */
#include <errno.h>
#include <modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BLOCKS_MAX 256

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc < 6 || (argc - 4) % 2 != 0 || (argc - 4) / 2 > BLOCKS_MAX) {
    fprintf(stderr, "usage: poll-client PORT CYCLES WARM_UP ADDRESS COUNT [ADDRESS COUNT ...]\n");
    return 2;
  }
  int cycles = atoi(argv[2]), warm_up = atoi(argv[3]), blocks = (argc - 4) / 2;
  double *took = malloc(sizeof(double) * (size_t)cycles);
  uint16_t registers[MODBUS_MAX_READ_REGISTERS];
  modbus_t *context = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
  if (took == NULL || context == NULL || modbus_connect(context) == -1) {
    fprintf(stderr, "cannot connect: %s\n", modbus_strerror(errno));
    return 1;
  }
  for (int cycle = -warm_up; cycle < cycles; cycle++) {
    double start = now_us();
    for (int block = 0; block < blocks; block++) {
      int address = atoi(argv[4 + block * 2]), count = atoi(argv[5 + block * 2]);
      if (modbus_read_registers(context, address, count, registers) != count) {
        fprintf(stderr, "cannot read %d+%d: %s\n", address, count, modbus_strerror(errno));
        return 1;
      }
    }
    if (cycle >= 0) took[cycle] = now_us() - start;
  }
  qsort(took, (size_t)cycles, sizeof(double), by_size);
  printf("%.3f\n", took[cycles / 2]);
  modbus_close(context);
  modbus_free(context);
  return 0;
}
