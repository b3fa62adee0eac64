// What became of a survivor: how often it was started, and whether a log has each of its lines once and in order.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <unistd.h>

#include "probe.hpp"
#include "survivor.hpp"

namespace probe {

std::vector<std::string> file_lines(const std::string& path) {
    std::vector<std::string> lines;
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return lines;
    std::string rest;
    char bytes[65536];
    for (ssize_t got; (got = read(descriptor, bytes, sizeof bytes)) > 0;) {
        rest.append(bytes, static_cast<std::size_t>(got));
        std::size_t begin = 0;
        for (std::size_t end; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1)
            lines.push_back(rest.substr(begin, end - begin));
        rest.erase(0, begin);
    }
    close(descriptor);
    return lines;
}

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < line.size();) {
        const std::size_t end = std::min(line.find(' ', begin), line.size());
        if (end > begin) words.push_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

namespace {

struct Stream {
    long next = 0, lost = 0, doubled = 0;
};

struct Log {
    std::map<std::string, Stream> streams;  // "o1", "e1", "o2" ...
    long torn = 0;
    std::string first_wrong;

    void note(const std::string& line) {
        if (first_wrong.empty()) first_wrong = line;
    }
};

void count(Log& log, const std::string& line, bool from_start) {
    const std::vector<std::string> words = split(line);
    const long number = words.size() == 3 ? std::atol(words[1].c_str()) : -1;
    if (number < 0 || line_of(words[0], number, survivor_line) != line + "\n") {
        ++log.torn;
        return log.note(line);
    }
    auto [place, fresh] = log.streams.try_emplace(words[0]);
    Stream& stream = place->second;
    if (fresh && !from_start) stream.next = number;  // a ring has only the last ones
    if (number != stream.next) log.note(line);
    if (number < stream.next) {
        ++stream.doubled;
        return;
    }
    stream.lost += number - stream.next;
    stream.next = number + 1;
}

// Those after the last that the log has.
void count_missing(Log& log, const std::string& name, long wanted, bool from_start) {
    if (!from_start && !log.streams.contains(name)) return;
    Stream& stream = log.streams[name];
    if (stream.next < wanted) {
        log.note(name + " ends at " + std::to_string(stream.next) + " of " + std::to_string(wanted));
        stream.lost += wanted - stream.next;
    }
    stream.next = std::max(stream.next, wanted);
}

Log read_log(const std::string& directory, const std::string& path, bool from_start) {
    Log log;
    for (const std::string& line : file_lines(path)) count(log, line, from_start);
    for (const std::string& end : file_lines(directory + ends_file)) {
        const std::vector<std::string> words = split(end);
        count_missing(log, out_run + words.at(0), std::atol(words.at(1).c_str()), from_start);
        count_missing(log, err_run + words.at(0), std::atol(words.at(2).c_str()), from_start);
    }
    return log;
}

struct Found {
    long starts = 0, applications = 0, torn = 0, errors = 0, pipes = 0;
    Stream sum;
    std::string first_wrong;

    [[nodiscard]] bool good() const { return applications + sum.lost + sum.doubled + torn + errors == 0; }
};

Found find(const Words& words, const std::string& directory, bool from_start) {
    const Log log = read_log(directory, argument(words, 1, "/dev/null"), from_start);
    Found found;
    for (const auto& [name, stream] : log.streams) {
        found.sum.next += stream.next;
        found.sum.lost += stream.lost;
        found.sum.doubled += stream.doubled;
    }
    found.torn = log.torn;
    found.first_wrong = log.first_wrong;
    found.starts = static_cast<long>(file_lines(directory + starts_file).size());
    found.applications = std::labs(found.starts - number_setting(words, "starts", 1));
    for (const std::string& error : file_lines(directory + errors_file)) {
        ++found.errors;
        found.pipes += error.find(pipe_lost) != std::string::npos ? 1 : 0;
    }
    return found;
}

long faults_in(const std::string& report) {
    long count = 0;
    for (const std::string& line : file_lines(report)) count += line.starts_with("fault ") ? 1 : 0;
    return count;
}

}  // namespace

// tally DIR LOG [starts=N] [part] [injected=FILE] [wait=MS]: one line of what was found. starts: how many there should
// have been. part: the log is a ring, whose first lines are gone. injected: an injector's report, for the line that
// people read. wait: what is missing may yet come.
int tally(const Words& words) {
    const std::string directory = argument(words, 0, ".");
    const bool part = std::find(words.begin(), words.end(), "part") != words.end();
    Found found = find(words, directory, !part);
    for (long waited = 0; !found.good() && waited < number_setting(words, "wait", 0); waited += 50) {
        usleep(50'000);
        found = find(words, directory, !part);
    }
    char text[400];
    std::snprintf(text, sizeof text,
                  "tally starts=%ld applications=%ld lines=%ld lost=%ld doubled=%ld torn=%ld errors=%ld pipes=%ld",
                  found.starts, found.applications, found.sum.next, found.sum.lost, found.sum.doubled, found.torn,
                  found.errors, found.pipes);
    say(text + (found.first_wrong.empty() ? std::string() : " wrong: " + found.first_wrong.substr(0, 200)));
    if (const std::string report = setting(words, "injected", ""); !report.empty())
        say("faults injected " + std::to_string(faults_in(report)) + ", applications lost " +
            std::to_string(found.applications) + ", log lines lost " + std::to_string(found.sum.lost));
    return found.good() ? 0 : 1;
}

}  // namespace probe
