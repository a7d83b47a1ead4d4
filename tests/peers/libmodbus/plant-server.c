/*
 * A small hydropower unit behind a Modbus server that is none of ours (libmodbus), for tests.
 *
 * usage: plant-server PORT|PATH EPOCH_MS EXPORT_START
 *
 * A port is served over Modbus TCP; a path is a serial port, served as unit 1 over Modbus RTU with 19200 8E1.
 *
 * Holding registers 3000 to 3014 carry the map of the contract's plant.yaml. They change half a second after each
 * whole UTC second, so that a poll on the second never meets a change. The values are a function of the seconds since
 * EPOCH_MS alone: a server that was killed and started again has counted on, as a meter does. Each second that has
 * passed is printed as a JSON line {"event":"tick","atMs":...,"registers":[...]}, those before the start included.
 * EPOCH_MS 0 keeps the plant still. Registers 0 to 999 hold their address times 7 plus 1; above 3999 there is nothing.
 *
 * Commands on standard input: get; set ADDRESS VALUE (until clear); clear.
 */
#include <errno.h>
#include <math.h>
#include <modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define REGISTERS 4000
#define FIRST 3000
#define COUNT 15
#define CLIENTS_MAX 32
#define PI 3.14159265358979323846

static modbus_mapping_t *mapping;
static int forced[REGISTERS];
static uint16_t plant[COUNT];

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void put_uint32(int at, uint32_t value) {
  plant[at] = value >> 16;
  plant[at + 1] = value & 0xffff;
}

/* IEEE 754, most significant byte first. libmodbus' own modbus_set_float_abcd swaps the bytes of each word up to 3.1.6. */
static void put_float(int at, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_uint32(at, bits);
}

static void print_registers(const char *event, int64_t at_ms, const uint16_t *registers) {
  printf("{\"event\":\"%s\",\"atMs\":%lld,\"registers\":[", event, (long long)at_ms);
  for (int i = 0; i < COUNT; i++) printf(i == 0 ? "%u" : ",%u", registers[i]);
  printf("]}\n");
}

/* The plant in the second that ends with this tick, and the energy it adds in watt-seconds. */
static double run_second(int64_t second, double export_ws, uint32_t export_start) {
  double flow = 2.0 + 0.25 * sin(2 * PI * second / 240.0) + 0.02 * sin(second * 1.7);
  double head = 93.0 - 0.8 * flow + 0.05 * sin(second * 0.9);
  double power_kw = 9.80665 * flow * head * (0.88 + 0.004 * sin(second * 0.31));
  export_ws += power_kw * 1000.0;
  put_float(0, (float)flow);
  put_float(2, (float)head);
  put_float(4, (float)power_kw);
  put_uint32(6, export_start + (uint32_t)(uint64_t)floor(export_ws / 3.6e6));
  put_uint32(8, 4711);
  plant[10] = (uint16_t)(int16_t)lround(flow / 2.5 * 10000.0 * 0.92);
  plant[11] = 2;
  plant[12] = (uint16_t)(int16_t)lround(123 + 3 * sin(second / 37.0));
  plant[13] = (uint16_t)lround(718 + 4 * sin(second / 53.0));
  plant[14] = (uint16_t)lround(152 + 20 * sin(second / 61.0));
  return export_ws;
}

static void publish(void) {
  for (int i = 0; i < COUNT; i++) {
    if (!forced[FIRST + i]) mapping->tab_registers[FIRST + i] = plant[i];
  }
}

static void obey(char *line) {
  int address, value;
  if (strncmp(line, "get", 3) == 0) {
    print_registers("registers", now_ms(), mapping->tab_registers + FIRST);
  } else if (sscanf(line, "set %d %d", &address, &value) == 2 && address >= 0 && address < REGISTERS) {
    forced[address] = 1;
    mapping->tab_registers[address] = (uint16_t)value;
    printf("{\"event\":\"set\",\"address\":%d}\n", address);
  } else if (strncmp(line, "clear", 5) == 0) {
    memset(forced, 0, sizeof forced);
    publish();
    printf("{\"event\":\"clear\"}\n");
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: plant-server PORT|PATH EPOCH_MS EXPORT_START\n");
    return 2;
  }
  int is_serial = argv[1][0] == '/';
  int port = atoi(argv[1]);
  int64_t epoch_ms = atoll(argv[2]);
  uint32_t export_start = (uint32_t)strtoul(argv[3], NULL, 10);
  int64_t second = 0;
  double export_ws = 0;

  setvbuf(stdout, NULL, _IOLBF, 0);
  mapping = modbus_mapping_new(0, 0, REGISTERS, 0);
  if (mapping == NULL) return 1;
  for (int i = 0; i < 1000; i++) mapping->tab_registers[i] = (uint16_t)(i * 7 + 1);
  run_second(0, 0, export_start);
  publish();

  modbus_t *context = is_serial ? modbus_new_rtu(argv[1], 19200, 'E', 8, 1) : modbus_new_tcp("127.0.0.1", port);
  int listener;
  if (is_serial) {
    modbus_set_slave(context, 1);
    listener = modbus_connect(context) == -1 ? -1 : modbus_get_socket(context);
  } else {
    listener = modbus_tcp_listen(context, CLIENTS_MAX);
  }
  if (listener == -1) {
    fprintf(stderr, "cannot listen on %s: %s\n", argv[1], modbus_strerror(errno));
    return 1;
  }
  printf("{\"event\":\"listening\",\"port\":%d}\n", port);

  fd_set watched;
  FD_ZERO(&watched);
  FD_SET(listener, &watched);
  FD_SET(STDIN_FILENO, &watched);
  int highest = listener;
  for (;;) {
    int64_t due_ms = epoch_ms + second * 1000 + 500;
    int64_t wait_ms = epoch_ms == 0 ? 1000 : due_ms - now_ms();
    if (epoch_ms != 0 && wait_ms <= 0) {
      export_ws = run_second(second++, export_ws, export_start);
      publish();
      print_registers("tick", due_ms, plant);
      continue;
    }
    struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};
    fd_set ready = watched;
    if (select(highest + 1, &ready, NULL, NULL, &wait) <= 0) continue;
    for (int fd = 0; fd <= highest; fd++) {
      if (!FD_ISSET(fd, &ready)) continue;
      if (fd == STDIN_FILENO) {
        char line[256];
        ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
        if (length <= 0) return 0;
        line[length] = 0;
        for (char *part = strtok(line, "\n"); part != NULL; part = strtok(NULL, "\n")) obey(part);
      } else if (fd == listener && !is_serial) {
        int client = modbus_tcp_accept(context, &listener);
        if (client == -1) continue;
        FD_SET(client, &watched);
        if (client > highest) highest = client;
      } else {
        uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
        if (!is_serial) modbus_set_socket(context, fd);
        int length = modbus_receive(context, query);
        if (length > 0) {
          modbus_reply(context, query, length, mapping);
        } else if (length == -1 && is_serial) {
          if (errno == EIO || errno == EBADF) return 1;
          modbus_flush(context);
        } else if (length == -1) {
          close(fd);
          FD_CLR(fd, &watched);
        }
      }
    }
  }
}
