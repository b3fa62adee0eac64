#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "commands.hpp"

namespace standin {
namespace {

struct Program {
    const char* name;
    Answer (*run)(const Words&);
};
constexpr Program programs[] = {{"/sbin/ifconfig", ifconfig},     {"/sbin/route", route},
                                {"/sbin/dhcpinfo", dhcpinfo},     {"/sbin/soconfig", soconfig},
                                {"/usr/sbin/devfsadm", devfsadm}, {"/sbin/dlmgmtd", dlmgmtd},
                                {"/lib/inet/ipmgmtd", ipmgmtd},   {"/usr/lib/inet/in.ndpd", ndpd},
                                {"/sbin/autopush", autopush},     {"/etc/fs/ufs/mount", ufs_mount}};

// One write, so that lines of several processes do not mix.
void note(const Words& words, const Answer& answer) {
    std::string line = std::to_string(answer.status);
    if (const char* fmri = std::getenv("SMF_FMRI")) line += std::string(" SMF_FMRI=") + fmri;
    for (const std::string& word : words) line += " " + word;
    if (!answer.reason.empty()) line += " # " + answer.reason;
    line += "\n";
    const int file = open("/standin/commands", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0 || write(file, line.data(), line.size()) < 0) _exit(120);
    close(file);
}

Answer ask(const Program& program, const Words& words) {
    for (int standard = 0; standard <= 2; ++standard)
        if (fcntl(standard, F_GETFD) < 0) return refuse("descriptor " + std::to_string(standard) + " is closed", 121);
    return program.run(words);
}

int run(const Words& words) {
    for (const Program& program : programs) {
        if (words.empty() || words[0] != program.name) continue;
        const Answer answer = ask(program, words);
        note(words, answer);
        if (!answer.reason.empty()) {
            const std::string text = words[0].substr(words[0].rfind('/') + 1) + ": " + answer.reason + "\n";
            if (write(2, text.data(), text.size()) < 0) return 122;
        }
        return answer.status;
    }
    note(words, refuse("no such stand-in", 127));
    return 127;
}

}  // namespace
}  // namespace standin

int main(int argc, char** argv) {
    return standin::run(standin::Words(argv, argv + argc));
}
