// The control socket and its clients on record, and taken up again by another image of us.
#include <utility>

#include "init/control.hpp"
#include "init/control_client.hpp"
#include "plumb/local_socket.hpp"

namespace init {

// Who has asked for nothing yet is not kept: such a client sees the connection end, and asks again.
void Control::keep(Controlling& record) const {
    record = {};
    record.listener = listener_;
    record.device = device_;
    record.inode = inode_;
    record.group = group_;
    if (!clients_) return;
    for (std::size_t at = 0; at < clients_->size(); ++at) {
        const Client& client = (*clients_)[at];
        if (client.socket < 0 || !client.waits_for) continue;
        record.clients[at] = {client.socket, client.trusted, true, static_cast<std::uint8_t>(*client.waits_for),
                              client.deadline_ms};
    }
}

// A listener that is none any more: our predecessor was about to make another one.
void Control::go_on(ControlSettings settings, const Steered& steered, const Controlling& record) {
    settings_ = std::move(settings);
    steered_.emplace(steered);
    took_over_ = true;
    group_ = record.group;
    device_ = record.device;
    inode_ = record.inode;
    listener_ = record.listener;
    if (listener_ < 0 || !plumb::is_listening(listener_)) {
        listener_ = -1;
        make();
    }
    for (const Controlling::Client& left : record.clients) {
        if (left.socket < 0) continue;
        if (!clients_) clients_ = std::make_unique<Clients>();
        Client& client = (*clients_)[static_cast<std::size_t>(&left - record.clients.data())];
        client.socket = left.socket;
        client.trusted = left.trusted;
        client.waits_for = static_cast<Asked>(left.asked);
        client.deadline_ms = left.deadline_ms;
    }
}

}  // namespace init
