// init/status.hpp: what `mvinit status` makes of PID 1's lines and of what it sees, and its exit codes.
#include "init/status.hpp"

#include <doctest/doctest.h>

#include "init/verbs.hpp"
#include "json_check.hpp"

using init::Descendant;
using init::Status;
using plumb::SeenProcess;

namespace {

constexpr const char* running =
    "version 0.1.0\npid 1\nrole machine\nplatform linux\nfile /etc/mvinit.toml\n"
    "command /usr/sbin/nginx -g 'daemon off;'\nphase running\napp_pid 42\nstarted_ms 500\nnow_ms 185600\n"
    "restarts 0\nready_ms 600\n";

Status status_of(const char* lines) {
    Status status;
    status.lines = lines;
    return status;
}

Status full() {
    Status status = status_of(running);
    status.own = {512, 300, 36};
    status.descendants = {{{42, 1, 'S', "nginx"}, 0, false, {12'600, 8'300, 900}},
                          {{43, 42, 'S', "nginx \"w\""}, 1, false, {400, 200, 100}},
                          {{44, 1, 'Z', "gone"}, 0, false, {}},
                          {{45, 1, 'S', "mvinit"}, 0, true, {200, 100, 30}}};
    status.interfaces = "lo up 127.0.0.1/8 ::1/128\neth0 no-carrier 10.0.2.15/24\neth1 down\n";
    return status;
}

}  // namespace

TEST_CASE("status for people") {
    CHECK(init::status_text(full()) ==
          "application   /usr/sbin/nginx -g 'daemon off;'\n"
          "state         running, ready for 3m5s\n"
          "pid           42, up 3m5s\n"
          "restarts      0\n"
          "memory        12.6 MB resident, 8500 kB proportional, 1000 kB private\n"
          "processes     42 nginx, 12.3 MB\n"
          "                43 nginx \\\"w\\\", 400 kB\n"
          "              44 gone, ended, not reaped\n"
          "interfaces    lo up 127.0.0.1/8 ::1/128\n"
          "              eth0 no-carrier 10.0.2.15/24\n"
          "              eth1 down\n"
          "mvinit        0.1.0, pid 1, machine\n"
          "own memory    512 kB resident, 300 kB proportional, 36 kB private\n"
          "configuration /etc/mvinit.toml\n");
}

TEST_CASE("status of one that does not run, seen by somebody who sees nothing else") {
    const Status status = status_of(
        "version 0.1.0\npid 1\nrole container\ncommand a%0Ab\nphase backing_off\napp_pid 0\nstarted_ms 100\nnow_ms "
        "2000\n"
        "restarts 3\nnext_start_ms 2250\nlast_exit killed by SIGKILL\nhealth bad\nhealth_asked 3\nhealth_failed 2\n"
        "health_reason refused\nstatus_text half%25 way\nboot Started in 0.1s\noom_kills 2\n"
        "sink 0 the console\nsink 12 /a%25 b\n");
    CHECK(init::status_text(status) ==
          "application   a\nb\n"
          "state         backing off\n"
          "next start    in 250ms\n"
          "restarts      3\n"
          "last exit     killed by SIGKILL\n"
          "health        bad, 2 of 3 failed: refused\n"
          "status text   half% way\n"
          "boot          Started in 0.1s\n"
          "oom kills     2\n"
          "log to        the console\n"
          "log to        /a% b, lines dropped: 12\n"
          "mvinit        0.1.0, pid 1, container\n"
          "own memory    0 kB resident\n");
}

TEST_CASE("no more processes are shown than a screen has lines, and all are counted") {
    Status status = status_of(running);
    for (int pid = 100; pid < 150; ++pid) status.descendants.push_back({{pid, 1, 'S', "x"}, 40, false, {10, 0, 0}});
    const std::string text = init::status_text(status);
    CHECK(text.find("119 x") != std::string::npos);
    CHECK(text.find("120 x") == std::string::npos);
    CHECK(text.find("\n              and 30 more\n") != std::string::npos);
    CHECK(text.find("memory        500 kB resident\n") != std::string::npos);
}

TEST_CASE("exit codes of status") {
    CHECK(init::status_code(running) == init::exit_ok);
    CHECK(init::status_code("phase running\nready_ms 0\n") == init::exit_unready);
    CHECK(init::status_code("phase running\n") == init::exit_unready);
    for (const char* phase : {"down", "backing_off", "starting", "stopping", "idle"})
        CHECK(init::status_code(std::string("ready_ms 1\nphase ") + phase + "\n") == init::exit_down);
    CHECK(init::status_code("") == init::exit_down);
}

TEST_CASE("status for programs") {
    const std::string json = init::status_json(full());
    CHECK(tests::is_json(json));
    for (const char* part :
         {"{\"ok\": true, \"verb\": \"status\", \"exit\": 0, \"version\": \"0.1.0\", \"pid\": 1,",
          "\"command\": \"/usr/sbin/nginx -g 'daemon off;'\"", "\"phase\": \"running\", \"app_pid\": 42,",
          "\"ready_ms\": 600",
          "\"memory\": {\"resident_kb\": 13000, \"proportional_kb\": 8500, \"private_dirty_kb\": 1000}",
          "\"own_memory\": {\"resident_kb\": 512, ",
          "{\"pid\": 43, \"parent\": 42, \"name\": \"nginx \\\"w\\\"\", \"state\": \"S\", \"own\": false, ",
          "\"name\": \"mvinit\", \"state\": \"S\", \"own\": true",
          "{\"name\": \"lo\", \"state\": \"up\", \"addresses\": [\"127.0.0.1/8\", \"::1/128\"]}",
          "{\"name\": \"eth1\", \"state\": \"down\", \"addresses\": []}]}\n"}) {
        CHECK_MESSAGE(json.find(part) != std::string::npos, part << " is not in " << json);
    }
}

TEST_CASE("JSON of any lines") {
    const std::pair<const char*, const char*> table[] = {
        {"command 42\n", "\"command\": \"42\""},
        {"command a%22%0A\xff\n", "\"command\": \"a\\\"\\n\xc3\xbf\""},
        {"thing one\nother 1\nthing two\n", "\"thing\": [\"one\", \"two\"], \"other\": \"1\""},
        {"sink 0 the ring\n", "\"sink\": [{\"dropped\": 0, \"to\": \"the ring\"}]"},
        {"sink 12 /a%25 b\nsink x\n",
         "\"sink\": [{\"dropped\": 12, \"to\": \"/a% b\"}, {\"dropped\": \"x\", \"to\": \"\"}]"},
        {"oom_kills 2\n", "\"oom_kills\": 2"},
        {"app_pid 7\napp_pid x\n", "\"app_pid\": [7, \"x\"]"},
        {"command \xc3\xa9\xe2\x82\xac\n", "\"command\": \"\xc3\xa9\xe2\x82\xac\""},
        {"command \xc3\n", "\"command\": \"\xc3\x83\""},
        {"reloading yes\nhealth_asked 12\n", "\"reloading\": true, \"health_asked\": 12"},
        {"reloading no\n", "\"reloading\": false"},
        {"restarts many\n", "\"restarts\": \"many\""},
        {"empty \n", "\"empty\": \"\""},
        {"\n\nnothing\n", "\"exit\": 7, \"memory\""},
        {"x 1\nxy 2\n", "\"x\": \"1\", \"xy\": \"2\""},
    };
    for (const auto& [lines, part] : table) {
        const std::string json = init::status_json(status_of(lines));
        CHECK(tests::is_json(json));
        CHECK_MESSAGE(json.find(part) != std::string::npos, part << " is not in " << json);
    }
    CHECK(init::status_json(status_of(running)).find("\"proportional_kb\": null") != std::string::npos);
}

TEST_CASE("descendants stand behind their parents, without who asks") {
    const std::vector<SeenProcess> all{
        {1, 0, 'S', "mvinit"}, {9, 5, 'S', "c"}, {2, 0, 'S', "kthreadd"}, {5, 1, 'S', "a"},     {7, 1, 'S', "sh"},
        {8, 7, 'R', "us"},     {6, 5, 'S', "b"}, {10, 9, 'S', "d"},       {11, 8, 'S', "ours"}, {12, 2, 'S', "k"}};
    std::vector<std::pair<int, unsigned>> found;
    for (const Descendant& each : init::descendants_of(all, 1, 8)) found.emplace_back(each.process.pid, each.depth);
    CHECK(found == std::vector<std::pair<int, unsigned>>{{5, 0}, {9, 1}, {10, 2}, {6, 1}, {7, 0}});
    CHECK(init::descendants_of(all, 0, 8).empty());
    // As pids can look that are used again while they are read.
    CHECK(init::descendants_of({{5, 6, 'S', "a"}, {6, 5, 'S', "b"}}, 5, 0).size() <= 2);
}
