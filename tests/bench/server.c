// The application of the machines that are measured: listens on port 80, says on the console when it does, answers
// every connection, and powers the machine off when it is asked for "/off". Named a module, it first does the work of
// an init: loads it and configures eth0. That is the floor that the inits are held against.
//
//   server [/MODULE.ko]
//
// /off.signal: the signal that makes this machine's init power off; where we are PID 1, we do.
#include <linux/if.h>
#include <linux/in.h>
#include <linux/reboot.h>
#include <linux/route.h>
#include <linux/sockios.h>

#include "bare.h"

enum { stream = 1, cloexec_socket = 02000000, reuse_address = 2, socket_level = 1 };

static struct sockaddr address(uint32_t ip, unsigned port) {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
    } both = {.in = {.sin_family = AF_INET, .sin_port = (uint16_t)((port >> 8) | (port << 8))}};
    both.in.sin_addr.s_addr = __builtin_bswap32(ip);
    return both.any;
}

static void configure(const char* module) {
    const int file = (int)call4(SYS_openat, at_cwd, (long)module, close_on_exec, 0);
    call3(SYS_finit_module, file, (long)"", 0);
    call3(SYS_close, file, 0, 0);
    const int control = (int)call3(SYS_socket, AF_INET, 2, 0);
    struct ifreq request = {.ifr_ifrn.ifrn_name = "eth0"};
    request.ifr_addr = address(0x0a00020f, 0);  // 10.0.2.15, QEMU's own network
    call3(SYS_ioctl, control, SIOCSIFADDR, (long)&request);
    request.ifr_addr = address(0xffffff00, 0);
    call3(SYS_ioctl, control, SIOCSIFNETMASK, (long)&request);
    call3(SYS_ioctl, control, SIOCGIFFLAGS, (long)&request);
    request.ifr_flags |= IFF_UP;
    call3(SYS_ioctl, control, SIOCSIFFLAGS, (long)&request);
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
    route.rt_dst = address(0, 0);
    route.rt_genmask = address(0, 0);
    route.rt_gateway = address(0x0a000202, 0);
    call3(SYS_ioctl, control, SIOCADDRT, (long)&route);
    call3(SYS_close, control, 0, 0);
}

static char* add_text(char* end, const char* text) {
    while (*text) *end++ = *text++;
    return end;
}

static char* add_number(char* end, uint64_t value) {
    char digits[20];
    int count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (count > 0) *end++ = digits[--count];
    return end;
}

static void say(const char* what, uint64_t first, uint64_t second) {
    char line[96], *end = add_text(line, what);
    end = add_number(add_text(end, " "), first);
    end = add_number(add_text(end, " "), second);
    *end++ = '\n';
    int console = (int)call4(SYS_openat, at_cwd, (long)"/dev/console", write_only | 0400 | close_on_exec, 0);
    if (console < 0) console = 1;
    call3(SYS_write, console, (long)line, end - line);
}

static uint64_t handed_over(void) {
    uint64_t stamp = 0;
    const int file = (int)call4(SYS_openat, at_cwd, (long)"/handover.ns", close_on_exec, 0);
    call3(SYS_read, file, (long)&stamp, sizeof stamp);
    call3(SYS_close, file, 0, 0);
    return stamp;
}

static void power_off(void) {
    char text[4] = {0};
    say("ENDING", monotonic_ns(), 0);
    if (call3(SYS_getpid, 0, 0, 0) == 1) {
        call4(SYS_reboot, (long)LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
    }
    const int file = (int)call4(SYS_openat, at_cwd, (long)"/off.signal", close_on_exec, 0);
    call3(SYS_read, file, (long)text, sizeof text - 1);
    const int number = text[1] >= '0' ? (text[0] - '0') * 10 + text[1] - '0' : text[0] - '0';
    call3(SYS_kill, 1, number, 0);
}

static void answer(int connection) {
    static const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
    char request[512] = {0};
    call3(SYS_read, connection, (long)request, sizeof request - 1);
    call6(SYS_sendto, connection, (long)page, sizeof page - 1, 0x4000, 0, 0);  // MSG_NOSIGNAL
    call3(SYS_close, connection, 0, 0);
    if (__builtin_memcmp(request, "GET /off", 8) == 0) power_off();
}

__attribute__((used)) void begin(long* stack) {
    const char* const* words = (const char* const*)(stack + 1);
    if (stack[0] > 1 && words[1][0] == '/') configure(words[1]);
    const int on = 1, server = (int)call3(SYS_socket, AF_INET, stream | cloexec_socket, 0);
    call6(SYS_setsockopt, server, socket_level, reuse_address, (long)&on, sizeof on, 0);
    const struct sockaddr any = address(0, 80);
    long failed = call3(SYS_bind, server, (long)&any, sizeof any);
    if (!failed) failed = call3(SYS_listen, server, 8, 0);
    const uint64_t now = monotonic_ns();
    say(failed ? "NOT LISTENING" : "LISTENING", handed_over(), now);
    for (;;) {
        const int connection = (int)call4(SYS_accept4, server, 0, 0, cloexec_socket);
        if (connection >= 0) answer(connection);
    }
}
