// The server's clients. Its socket in the file system is control_place.cpp's, what is answered control_answer.cpp's.
#include "init/control.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>
#include <utility>

#include "init/client.hpp"
#include "init/clock.hpp"
#include "init/control_answer.hpp"
#include "init/control_client.hpp"
#include "init/log.hpp"
#include "init/supervision.hpp"
#include "init/survival.hpp"
#include "plumb/concat.hpp"
#include "plumb/live.hpp"
#include "plumb/local_socket.hpp"
#include "plumb/survival.hpp"

namespace init {
namespace {

constexpr std::uint32_t request_ms = 5'000;
constexpr std::uint32_t without_descriptors_ms = 1'000;
constexpr std::ptrdiff_t most_waiting = 6;
constexpr int accepted_at_once = 16;  // then the rest of PID 1 has its turn

}  // namespace

Control::Control() = default;
Control::~Control() = default;

void Control::join(Reactor& reactor) {
    reactor_ = &reactor;
    watch_listener();
    if (!clients_) return;
    for (Client& client : *clients_)
        if (client.socket >= 0) watch(client);
}

void Control::watch_listener() {
    accept_again_ms_ = 0;
    if (listener_ < 0 || reactor_ == nullptr || reactor_->watch_seldom(listener_, *this)) return;
    tell("it cannot be waited for", "start mvinit with fewer open files", true);
    unmake();
}

void Control::readable(int descriptor) {
    if (descriptor == listener_) return accept();
    if (!clients_) return;
    for (Client& client : *clients_) {
        if (client.socket != descriptor) continue;
        read(client);
        break;
    }
    release_where_empty();
}

// With no descriptor or memory left the listener would be readable for ever.
void Control::accept() {
    for (int taken = 0; taken < accepted_at_once && listener_ >= 0; ++taken) {
        const int socket = plumb::accept_local(listener_);
        if (socket >= 0) {
            admit(socket);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EAGAIN) break;
        reactor_->forget(listener_);
        accept_again_ms_ = now_ms() + without_descriptors_ms;
        break;
    }
    release_where_empty();
}

// Who may not is told at once, and takes nobody's place.
void Control::admit(int socket) {
    const plumb::Peer peer = plumb::peer_of(socket, group_);
    const bool trusted = peer.user == 0 || peer.user == static_cast<std::int64_t>(geteuid());
    if (!trusted && !peer.in_group) {
        plumb::send_local(socket,
                          refusal_text(Refusal::denied, "needs root, or to be of the group in [control] group"));
        return plumb::close_local(socket);
    }
    Client& client = place_for_new();
    client.socket = socket;
    client.trusted = trusted;
    client.deadline_ms = now_ms() + request_ms;
    read(client);
}

Control::Client& Control::place_for_new() {
    if (!clients_) clients_ = std::make_unique<Clients>();
    Client* chosen = nullptr;
    for (Client& client : *clients_) {
        if (client.socket < 0) return client;
        if (client.waits_for) continue;
        if (chosen == nullptr || client.deadline_ms < chosen->deadline_ms) chosen = &client;
    }
    refuse(*chosen, Refusal::syntax, "no request came, and others want to ask");
    return *chosen;
}

// What came with the request beside its bytes is not taken.
void Control::read(Client& client) {
    char* const free = client.request.data() + client.used;
    const ssize_t got = plumb::receive_local(client.socket, free, client.request.size() - client.used);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return watch(client);
    if (got <= 0) return drop(client);
    if (client.waits_for) return refuse(client, Refusal::syntax, "nothing may follow a request");
    const char* const end = free + got;
    const char* const newline = std::find(free, const_cast<char*>(end), '\n');
    client.used = static_cast<std::size_t>(end - client.request.data());
    if (newline == end) {
        if (client.used < client.request.size()) return watch(client);
        return refuse(client, Refusal::syntax, "a request has at most 255 bytes");
    }
    if (newline + 1 != end) return refuse(client, Refusal::syntax, "nothing may follow a request");
    perform(client, {client.request.data(), static_cast<std::size_t>(newline - client.request.data())});
}

void Control::watch(Client& client) {
    if (client.watched) return;
    client.watched = reactor_->watch(client.socket, *this);
    if (!client.watched) refuse(client, Refusal::failed, "too many are being watched: try again");
}

void Control::perform(Client& client, std::string_view line) {
    at_step("request", line);
    const Request request = parse_request(line);
    if (request.problem != nullptr) return refuse(client, Refusal::syntax, request.problem);
    Reply reply;
    answer_to(request, *steered_, client.trusted, reply);
    if (reply.text.empty() && request.asked == Asked::upgrade) return begin_upgrade(client, request.path);
    if (reply.text.empty()) return void(keep_waiting(client, request.asked));
    plumb::send_local(client.socket, reply.text, reply.descriptor);
    if (reply.is_ours) ::close(reply.descriptor);
    drop(client);
}

// It is carried out once all else is settled; sent: a value, maybe empty, of the request.
void Control::begin_upgrade(Client& client, std::string_view sent) {
    std::string path = sent.empty() ? std::string(own_path()) : decode_value(sent);
    if (path.empty())
        return refuse(client, Refusal::failed, "where this mvinit was executed from is not known: name a path");
    if (keep_waiting(client, Asked::upgrade)) upgrade_ = std::move(path);
}

// False: it was refused.
bool Control::keep_waiting(Client& client, Asked asked) {
    const auto waiting = std::count_if(clients_->begin(), clients_->end(),
                                       [](const Client& each) { return each.waits_for.has_value(); });
    if (waiting >= most_waiting) return refuse(client, Refusal::state, "six wait already"), false;
    client.waits_for = asked;
    client.used = 0;
    watch(client);
    return client.socket >= 0;
}

void Control::refuse(Client& client, Refusal refusal, const char* why) {
    plumb::send_local(client.socket, refusal_text(refusal, why));
    drop(client);
}

void Control::drop(Client& client) {
    if (client.watched) reactor_->forget(client.socket);
    plumb::close_local(client.socket);
    client = Client{};
}

void Control::release_where_empty() {
    if (!clients_) return;
    for (const Client& client : *clients_)
        if (client.socket >= 0) return;
    clients_.reset();
}

std::optional<std::uint64_t> Control::deadline() const {
    std::optional<std::uint64_t> first;
    if (accept_again_ms_ != 0) first = accept_again_ms_;
    if (!clients_) return first;
    for (const Client& client : *clients_) {
        if (client.socket < 0 || client.waits_for) continue;
        if (!first || client.deadline_ms < *first) first = client.deadline_ms;
    }
    return first;
}

void Control::due() {
    const std::uint64_t now = now_ms();
    if (accept_again_ms_ != 0 && accept_again_ms_ <= now) watch_listener();
    if (!clients_) return;
    for (Client& client : *clients_)
        if (client.socket >= 0 && !client.waits_for && client.deadline_ms <= now)
            refuse(client, Refusal::syntax, "no request came within 5 s");
    release_where_empty();
}

void Control::settled() {
    if (clients_) answer_waiting(false);
    took_over_ = false;
    if (!upgrade_.empty()) upgrade();
}

// All that there is to know is on record. Comes back only where it failed.
void Control::upgrade() {
    const std::string path = std::exchange(upgrade_, {});
    log::info(plumb::fill("upgrade: executing %", {path}));
    const std::string before = own_path();
    note_path(path);
    if (!plumb::can_survive()) plumb::last_resort.path = path.c_str();
    save_state();
    plumb::live->fault_signal = 0;
    const int program = plumb::open_program(path.c_str());
    const int error = program < 0 ? errno : plumb::execute_in_place(program);
    if (program >= 0) ::close(program);
    note_path(before);
    if (!plumb::can_survive()) plumb::last_resort.path = plumb::path_at_start();
    const std::string text = plumb::to_text(
        {"execute", path, error, "", "the mvinit that runs stays: is it a mvinit for this machine, and executable?"});
    log::error(text);
    for (Client& client : *clients_)
        if (client.socket >= 0 && client.waits_for == Asked::upgrade) refuse(client, Refusal::failed, text.c_str());
    release_where_empty();
}

void Control::answer_waiting(bool leaving) {
    for (Client& client : *clients_) {
        if (client.socket < 0 || !client.waits_for) continue;
        // It was asked of our predecessor, which we are here in the place of.
        const bool upgrades = client.waits_for == Asked::upgrade;
        if (upgrades && !took_over_ && !leaving) continue;
        const std::string text = upgrades ? "ok\n" : waited_for(*client.waits_for, *steered_, leaving);
        if (text.empty()) continue;
        plumb::send_local(client.socket, text);
        drop(client);
    }
    release_where_empty();
}

void Control::leave() {
    unmake();
    if (clients_) answer_waiting(true);
    if (!clients_) return;
    for (Client& client : *clients_)
        if (client.socket >= 0) refuse(client, Refusal::state, "the machine is being ended");
    clients_.reset();
}

}  // namespace init
