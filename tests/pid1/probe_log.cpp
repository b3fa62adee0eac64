// Applications whose output can be checked line by line.
#include <cstdlib>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "probe.hpp"

namespace probe {

std::string line_of(const std::string& run, long number, std::size_t size) {
    std::string line = run + " " + std::to_string(number) + " ";
    if (line.size() + 1 < size) line.append(size - 1 - line.size(), 'x');
    return line + "\n";
}

namespace {

long microseconds(const timeval& time) {
    return static_cast<long>(time.tv_sec) * 1'000'000 + static_cast<long>(time.tv_usec);
}

// The number of runs that the file tells of, this one with it.
std::string next_run(const std::string& path) {
    append(path, "run");
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const off_t size = lseek(descriptor, 0, SEEK_END);
    close(descriptor);
    return std::to_string(size / 4);
}

}  // namespace

// number COUNT SIZE [BLOCK [CPU-FILE]]: COUNT numbered lines of SIZE bytes, written in blocks of at least BLOCK bytes
// (0: each line by itself); then what CPU that took, in microseconds, is appended to CPU-FILE.
int number_lines(const Words& words) {
    const long count = std::atol(argument(words, 0, "1").c_str());
    const auto size = static_cast<std::size_t>(number(words, 1, "100"));
    const auto block = static_cast<std::size_t>(number(words, 2, "0"));
    std::string pending;
    for (long n = 0; n < count; ++n) {
        pending += line_of("1", n, size);
        if (pending.size() < block) continue;
        put(1, pending);
        pending.clear();
    }
    put(1, pending);
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    if (words.size() > 3) append(words[3], std::to_string(microseconds(used.ru_utime) + microseconds(used.ru_stime)));
    return 0;
}

// runs FILE COUNT SIZE CODE: the same, each line by itself and told which run of ours it is, then ends with CODE.
int number_runs(const Words& words) {
    const std::string run = next_run(argument(words, 0, "/dev/null"));
    const int count = number(words, 1, "1");
    for (int n = 0; n < count; ++n) put(1, line_of(run, n, static_cast<std::size_t>(number(words, 2, "20"))));
    return number(words, 3, "0");
}

// both COUNT: lines to standard output and error in turn, all numbered.
int both_streams(const Words& words) {
    const int count = number(words, 0, "1");
    for (int n = 0; n < count; ++n) put(1 + n % 2, line_of(n % 2 == 0 ? "out" : "err", n, 20));
    return 0;
}

}  // namespace probe
