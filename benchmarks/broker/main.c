// How fast RabbitMQ takes and gives events when a loop over librabbitmq does nothing else: what productd's relay and
// customerd's consumer are compared with.
//
//   broker-loop publish FILE WINDOW      publishes each line of FILE as an order_created, persistent and mandatory, with
//                                        the properties that productd gives it, and waits for all confirms; so many may
//                                        be open meanwhile
//   broker-loop consume COUNT PREFETCH   takes COUNT messages from order_created and acknowledges each quarter of
//                                        PREFETCH at once
//   broker-loop count                    prints how many messages are in order_created, ready to be taken
//
// RABBITMQ_HOST, RABBITMQ_PORT, RABBITMQ_USER and RABBITMQ_PASSWORD say where; exchange and queue must be there. Prints
// messages, seconds, and messages a second; the clock starts when the connection is open and all lines are in memory.
// Whatever goes wrong ends it, with status 1.

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shim.h"

enum { channel = 1 };

static void fail(const char *doing, const char *reason) {
    fprintf(stderr, "broker-loop: %s: %s\n", doing, reason);
    exit(1);
}

static void check(int status, const char *doing) {
    if (status != AMQP_STATUS_OK) fail(doing, amqp_error_string2(status));
}

static void check_reply(amqp_rpc_reply_t reply, const char *doing) {
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) fail(doing, amqp_error_string2(reply.library_error));
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail(doing, "the broker refuses it");
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (!value) fail(name, "is not set");
    return value;
}

static amqp_connection_state_t connect_to_broker(void) {
    amqp_connection_state_t broker = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(broker);
    check(amqp_socket_open(socket, variable("RABBITMQ_HOST"), atoi(variable("RABBITMQ_PORT"))), "connecting");
    check_reply(
        amqp_login(
            broker, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, variable("RABBITMQ_USER"), variable("RABBITMQ_PASSWORD")),
        "logging in");
    amqp_channel_open(broker, channel);
    check_reply(amqp_get_rpc_reply(broker), "opening a channel");
    return broker;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void report(long count, double began) {
    double seconds = now() - began;
    printf("%ld %f %.0f\n", count, seconds, count / seconds);
}

// The lines of a file, in memory.
static amqp_bytes_t *read_lines(const char *path, long *count) {
    FILE *file = fopen(path, "r");
    if (!file) fail(path, "can't be read");
    amqp_bytes_t *lines = NULL;
    char *line = NULL;
    size_t size = 0;
    *count = 0;
    for (ssize_t length; (length = getline(&line, &size, file)) > 0; ++*count) {
        if (*count % 4096 == 0) lines = realloc(lines, (*count + 4096) * sizeof *lines);
        if (line[length - 1] == '\n') line[--length] = 0;
        lines[*count] = amqp_bytes_malloc_dup((amqp_bytes_t){length, line});
    }
    fclose(file);
    return lines;
}

// Which messages are confirmed, by their number from 1: one by one, or all up to one.
struct confirms {
    bool *settled;
    long count, lowest_open;
};

static void settle(struct confirms *confirms, amqp_basic_ack_t *ack) {
    long number = ack->delivery_tag;
    for (long each = ack->multiple ? confirms->lowest_open : number; each <= number; each++) {
        if (!confirms->settled[each]) confirms->count++;
        confirms->settled[each] = true;
    }
    while (confirms->settled[confirms->lowest_open]) confirms->lowest_open++;
}

// Waits for something from the broker, and takes with it what else has come.
static void take_confirms(amqp_connection_state_t broker, struct confirms *confirms) {
    struct timeval patience = {30, 0}, none = {0, 0};
    amqp_frame_t frame;
    int status = amqp_simple_wait_frame_noblock(broker, &frame, &patience);
    check(status, "waiting for confirms");
    while (status == AMQP_STATUS_OK) {
        if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
            fail("waiting for confirms", "the broker sent something else: is the queue there?");
        settle(confirms, frame.payload.method.decoded);
        status = amqp_simple_wait_frame_noblock(broker, &frame, &none);
    }
    if (status != AMQP_STATUS_TIMEOUT) check(status, "taking confirms");
    amqp_maybe_release_buffers(broker);
}

static void publish(const char *path, long window) {
    long count;
    amqp_bytes_t *bodies = read_lines(path, &count);
    amqp_connection_state_t broker = connect_to_broker();
    amqp_confirm_select(broker, channel);
    check_reply(amqp_get_rpc_reply(broker), "asking for confirms");
    struct confirms confirms = {calloc(count + 2, sizeof(bool)), 0, 1};

    amqp_table_entry_t headers[] = {
        {amqp_cstring_bytes("tradepost-event-version"), {.kind = AMQP_FIELD_KIND_I64, .value.i64 = 1}},
        {amqp_cstring_bytes("traceparent"),
         {.kind = AMQP_FIELD_KIND_UTF8,
          .value.bytes = amqp_cstring_bytes("00-1efc5a673093b53c416607bf4a677abd-00f067aa0ba902b7-01")}},
        {amqp_cstring_bytes("x-request-id"),
         {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("1efc5a673093b53c416607bf4a677abd")}},
    };
    char id[64];
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                  AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_TYPE_FLAG |
                  AMQP_BASIC_APP_ID_FLAG,
        .content_type = amqp_cstring_bytes("application/json"),
        .headers = {sizeof headers / sizeof *headers, headers},
        .delivery_mode = 2,
        .message_id = {36, id},
        .timestamp = time(NULL),
        .type = amqp_cstring_bytes("order_created"),
        .app_id = amqp_cstring_bytes("productd"),
    };
    double began = now();
    for (long i = 0; i < count; i++) {
        while (i - confirms.count >= window) take_confirms(broker, &confirms);
        snprintf(id, sizeof id, "01960000-0000-7000-8e00-%012ld", i);
        check(
            amqp_basic_publish(
                broker, channel, amqp_cstring_bytes("tradepost.orders"), amqp_cstring_bytes("order_created"), true,
                false, &properties, bodies[i]),
            "publishing");
    }
    while (confirms.count < count) take_confirms(broker, &confirms);
    report(count, began);
}

static void consume(long count, int prefetch) {
    amqp_connection_state_t broker = connect_to_broker();
    amqp_basic_qos(broker, channel, 0, prefetch, 0);
    check_reply(amqp_get_rpc_reply(broker), "setting the prefetch count");
    double began = now();
    amqp_basic_consume(
        broker, channel, amqp_cstring_bytes("order_created"), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check_reply(amqp_get_rpc_reply(broker), "consuming");
    struct timeval patience = {30, 0};
    for (long taken = 1; taken <= count; taken++) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(broker);
        check_reply(amqp_consume_message(broker, &envelope, &patience, 0), "waiting for a message");
        if (taken % (prefetch / 4) == 0 || taken == count)
            check(amqp_basic_ack(broker, channel, envelope.delivery_tag, true), "acknowledging");
        amqp_destroy_envelope(&envelope);
    }
    report(count, began);
    // An acknowledgement has no answer: closing waits until the broker has heard it.
    check_reply(amqp_channel_close(broker, channel, AMQP_REPLY_SUCCESS), "closing");
}

static void print_count(void) {
    amqp_connection_state_t broker = connect_to_broker();
    amqp_queue_declare_ok_t *queue = amqp_queue_declare(
        broker, channel, amqp_cstring_bytes("order_created"), true, false, false, false, amqp_empty_table);
    check_reply(amqp_get_rpc_reply(broker), "counting the messages");
    printf("%u\n", queue->message_count);
}

int main(int count, char **arguments) {
    if (count == 4 && strcmp(arguments[1], "publish") == 0)
        publish(arguments[2], atol(arguments[3]));
    else if (count == 4 && strcmp(arguments[1], "consume") == 0)
        consume(atol(arguments[2]), atoi(arguments[3]));
    else if (count == 2 && strcmp(arguments[1], "count") == 0)
        print_count();
    else
        fail("usage", "broker-loop publish FILE WINDOW | consume COUNT PREFETCH | count");
    return 0;
}
