/**
 * A hydropower unit behind an OPC UA server that is none of ours (open62541), for tests.
 *
 * usage: plant-server PORT CERTIFICATE KEY     both DER
 *
 * Serves all security policies that open62541 has, "None" included, to anybody and to the user "forebay" with the
 * password "only reading". Prints a JSON object a line. Takes these lines on standard input:
 *
 *   set NAME TYPE VALUE STATUS    value, status (a number) and source time (now) of node s=NAME; "set" is answered
 *   stop                          ends the server as an orderly shutdown
 */
#include <open62541/plugin/accesscontrol_default.h>
#include <open62541/plugin/log.h>
#include <open62541/plugin/pki_default.h>
#include <open62541/server.h>
#include <open62541/server_config_default.h>

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 512
#define NAMESPACE_URI "urn:test:plant"

static UA_UInt16 plantNamespace;

/** Standard output is for the test; what goes wrong is for people. */
static void complain(void *context, UA_LogLevel level, UA_LogCategory category, const char *text, va_list parts) {
    (void)context;
    (void)category;
    if (level < UA_LOGLEVEL_ERROR) return;
    vfprintf(stderr, text, parts);
    fputc('\n', stderr);
}

static UA_Logger complaints = {complain, NULL, NULL};

static UA_ByteString readFile(const char *path) {
    UA_ByteString bytes = UA_BYTESTRING_NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return bytes;
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    if (UA_ByteString_allocBuffer(&bytes, (size_t)length) == UA_STATUSCODE_GOOD)
        if (fread(bytes.data, 1, (size_t)length, file) != (size_t)length) bytes.length = 0;
    fclose(file);
    return bytes;
}

/** Fills `value` from its text; returns false for a type that is not known. */
static UA_Boolean makeValue(const char *type, const char *text, UA_Variant *value) {
    if (strcmp(type, "Double") == 0) {
        UA_Double number = strtod(text, NULL);
        UA_Variant_setScalarCopy(value, &number, &UA_TYPES[UA_TYPES_DOUBLE]);
    } else if (strcmp(type, "Float") == 0) {
        UA_Float number = strtof(text, NULL);
        UA_Variant_setScalarCopy(value, &number, &UA_TYPES[UA_TYPES_FLOAT]);
    } else if (strcmp(type, "UInt64") == 0) {
        UA_UInt64 number = strtoull(text, NULL, 10);
        UA_Variant_setScalarCopy(value, &number, &UA_TYPES[UA_TYPES_UINT64]);
    } else if (strcmp(type, "Int64") == 0) {
        UA_Int64 number = strtoll(text, NULL, 10);
        UA_Variant_setScalarCopy(value, &number, &UA_TYPES[UA_TYPES_INT64]);
    } else if (strcmp(type, "UInt32") == 0) {
        UA_UInt32 number = (UA_UInt32)strtoul(text, NULL, 10);
        UA_Variant_setScalarCopy(value, &number, &UA_TYPES[UA_TYPES_UINT32]);
    } else if (strcmp(type, "Int16") == 0) {
        UA_Int16 number = (UA_Int16)strtol(text, NULL, 10);
        UA_Variant_setScalarCopy(value, &number, &UA_TYPES[UA_TYPES_INT16]);
    } else if (strcmp(type, "Boolean") == 0) {
        UA_Boolean is = strcmp(text, "true") == 0;
        UA_Variant_setScalarCopy(value, &is, &UA_TYPES[UA_TYPES_BOOLEAN]);
    } else {
        return false;
    }
    return true;
}

static void addNode(UA_Server *server, const char *name, const UA_Variant *value) {
    UA_VariableAttributes attributes = UA_VariableAttributes_default;
    attributes.displayName = UA_LOCALIZEDTEXT("en", (char *)name);
    attributes.value = *value;
    attributes.dataType = value->type->typeId;
    attributes.accessLevel = UA_ACCESSLEVELMASK_READ | UA_ACCESSLEVELMASK_WRITE;
    UA_Server_addVariableNode(server, UA_NODEID_STRING(plantNamespace, (char *)name), UA_NODEID_NUMERIC(0, UA_NS0ID_OBJECTSFOLDER),
                              UA_NODEID_NUMERIC(0, UA_NS0ID_ORGANIZES), UA_QUALIFIEDNAME(plantNamespace, (char *)name),
                              UA_NODEID_NUMERIC(0, UA_NS0ID_BASEDATAVARIABLETYPE), attributes, NULL, NULL);
}

static void setNode(UA_Server *server, const char *name, const char *type, const char *text, UA_StatusCode status) {
    UA_Variant value;
    UA_Variant_init(&value);
    if (!makeValue(type, text, &value)) {
        printf("{\"event\":\"unknown\",\"type\":\"%s\"}\n", type);
        return;
    }
    UA_NodeId id = UA_NODEID_STRING(plantNamespace, (char *)name);
    UA_NodeClass nodeClass;
    if (UA_Server_readNodeClass(server, id, &nodeClass) != UA_STATUSCODE_GOOD) addNode(server, name, &value);
    UA_DataValue data;
    UA_DataValue_init(&data);
    data.hasValue = true;
    data.value = value;
    data.hasStatus = true;
    data.status = status;
    data.hasSourceTimestamp = true;
    data.sourceTimestamp = UA_DateTime_now();
    UA_StatusCode done = UA_Server_writeDataValue(server, id, data);
    printf("{\"event\":\"set\",\"name\":\"%s\",\"status\":\"%s\"}\n", name, UA_StatusCode_name(done));
    UA_Variant_clear(&value);
}

/** Does what a line says; returns false when the server shall stop. */
static UA_Boolean obey(UA_Server *server, char *line) {
    char name[128], type[32], text[128];
    unsigned int status = 0;
    if (strncmp(line, "stop", 4) == 0) return false;
    if (sscanf(line, "set %127s %31s %127s %u", name, type, text, &status) == 4)
        setNode(server, name, type, text, (UA_StatusCode)status);
    return true;
}

static UA_Server *makeServer(UA_UInt16 port, const char *certificatePath, const char *keyPath) {
    UA_ByteString certificate = readFile(certificatePath);
    UA_ByteString key = readFile(keyPath);
    UA_ServerConfig config;
    memset(&config, 0, sizeof config);
    config.logging = &complaints;
    UA_StatusCode status = UA_ServerConfig_setDefaultWithSecurityPolicies(&config, port, &certificate, &key, NULL, 0, NULL,
                                                                          0, NULL, 0);
    if (status != UA_STATUSCODE_GOOD) {
        fprintf(stderr, "the configuration: %s\n", UA_StatusCode_name(status));
        exit(1);
    }
    if (config.secureChannelPKI.clear) config.secureChannelPKI.clear(&config.secureChannelPKI);
    UA_CertificateVerification_AcceptAll(&config.secureChannelPKI);
    UA_UsernamePasswordLogin login = {UA_STRING_STATIC("forebay"), UA_STRING_STATIC("only reading")};
    UA_AccessControl_default(&config, true, NULL, 1, &login);
    UA_ByteString_clear(&certificate);
    UA_ByteString_clear(&key);
    return UA_Server_newWithConfig(&config);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: plant-server PORT CERTIFICATE KEY\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    // What lay in a buffer, poll would not see.
    setvbuf(stdin, NULL, _IONBF, 0);
    UA_Server *server = makeServer((UA_UInt16)atoi(argv[1]), argv[2], argv[3]);
    if (server == NULL) return 1;
    plantNamespace = UA_Server_addNamespace(server, NAMESPACE_URI);
    UA_StatusCode status = UA_Server_run_startup(server);
    if (status != UA_STATUSCODE_GOOD) {
        fprintf(stderr, "the start: %s\n", UA_StatusCode_name(status));
        return 1;
    }
    printf("{\"event\":\"listening\",\"namespace\":%u}\n", plantNamespace);
    char line[LINE_BYTES];
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    for (;;) {
        UA_Server_run_iterate(server, false);
        if (poll(&input, 1, 5) <= 0) continue;
        if (fgets(line, sizeof line, stdin) == NULL) break;
        if (!obey(server, line)) break;
    }
    UA_Server_run_shutdown(server);
    UA_Server_delete(server);
    return 0;
}
