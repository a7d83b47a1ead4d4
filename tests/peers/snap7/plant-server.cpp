/*
 * A PLC made of Snap7's server (Davide Nardella, LGPL-3.0): DB1 with a hydropower unit, DB7 of 16 bytes, markers, and
 * the process images. Compiled for the tests only and never shipped.
 *
 * usage: plant-server PORT
 *
 * Reads commands from standard input, one a line, and answers each with a line of JSON:
 *   set AREA BYTE HEX   AREA is db1, db7, m, i or q
 *   cpu run|stop
 *   counts              what clients have asked for, by event code
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include "snap7_libmain.h"

static unsigned char db1[2048], db7[16], markers[256], inputs[128], outputs[128];
static long reads = 0, writes = 0, others = 0;

static void S7API on_event(void *, PSrvEvent event, int) {
  if (event->EvtCode == evcDataRead) reads += 1;
  else if (event->EvtCode == evcDataWrite) writes += 1;
  else others += 1;
}

static void fail(const char *what, int error) {
  fprintf(stderr, "%s: %d\n", what, error);
  exit(1);
}

int main(int argc, char **argv) {
  unsigned short port = (unsigned short)(argc > 1 ? atoi(argv[1]) : 0);
  S7Object server = Srv_Create();
  Srv_SetParam(server, p_u16_LocalPort, &port);
  Srv_SetEventsCallback(server, on_event, nullptr);
  Srv_SetReadEventsCallback(server, on_event, nullptr);
  Srv_RegisterArea(server, srvAreaDB, 1, db1, sizeof db1);
  Srv_RegisterArea(server, srvAreaDB, 7, db7, sizeof db7);
  Srv_RegisterArea(server, srvAreaMK, 0, markers, sizeof markers);
  Srv_RegisterArea(server, srvAreaPE, 0, inputs, sizeof inputs);
  Srv_RegisterArea(server, srvAreaPA, 0, outputs, sizeof outputs);
  int error = Srv_StartTo(server, "127.0.0.1");
  if (error != 0) fail("cannot start", error);
  Srv_SetCpuStatus(server, 8);

  std::map<std::string, std::pair<unsigned char *, size_t>> areas = {
      {"db1", {db1, sizeof db1}}, {"db7", {db7, sizeof db7}}, {"m", {markers, sizeof markers}},
      {"i", {inputs, sizeof inputs}}, {"q", {outputs, sizeof outputs}}};
  printf("{\"event\":\"listening\"}\n");
  fflush(stdout);

  char line[512];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    char area[8] = "", hex[400] = "";
    unsigned at = 0;
    if (sscanf(line, "set %7s %u %399s", area, &at, hex) == 3 && areas.count(area) == 1) {
      unsigned char *bytes = areas[area].first;
      size_t size = areas[area].second;
      for (size_t index = 0; hex[index * 2] != 0 && at + index < size; index += 1) {
        unsigned value = 0;
        sscanf(hex + index * 2, "%2x", &value);
        bytes[at + index] = (unsigned char)value;
      }
      printf("{\"event\":\"set\"}\n");
    } else if (strncmp(line, "cpu ", 4) == 0) {
      Srv_SetCpuStatus(server, strncmp(line + 4, "stop", 4) == 0 ? 4 : 8);
      printf("{\"event\":\"cpu\"}\n");
    } else {
      printf("{\"event\":\"counts\",\"reads\":%ld,\"writes\":%ld,\"others\":%ld}\n", reads, writes, others);
    }
    fflush(stdout);
  }
  Srv_Stop(server);
  Srv_Destroy(server);
  return 0;
}
