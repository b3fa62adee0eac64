// Facts -> the text that parse_facts reads back.
#include "plumb/concat.hpp"
#include "plumb/facts_fields.hpp"

namespace plumb {

namespace {

using facts_file::Field;
using facts_file::Kind;

void append(std::string& out, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out += key;
    out += " = ";
    out += value;
    out += '\n';
}

std::string nic_line(const Nic& nic) {
    std::string line = nic.name;
    if (!nic.driver.empty()) line += (line.empty() ? "driver=" : " driver=") + nic.driver;
    if (!nic.mac.empty()) line += (line.empty() ? "mac=" : " mac=") + nic.mac;
    return line;
}

void append(std::string& out, const Field& field, const Facts& facts) {
    switch (field.kind) {
        case Kind::choice:
            append(out, field.key, field.choices[field.chosen(facts)]);
            break;
        case Kind::text:
            append(out, field.key, facts.*field.text);
            break;
        case Kind::list:
            for (const auto& value : facts.*field.list) append(out, field.key, value);
            break;
        case Kind::nic:
            for (const auto& nic : facts.nics) append(out, field.key, nic_line(nic));
            break;
        case Kind::allowed:
            for (const auto& one : facts.allowed)
                append(out, field.key,
                       concat({one.nic.empty() ? "-" : one.nic, " ", one.address,
                               one.gateway.empty() ? "" : " gateway=", one.gateway}));
            break;
    }
}

}  // namespace

std::string to_text(const Facts& facts) {
    std::string out;
    for (const auto& field : facts_file::fields) append(out, field, facts);
    return out;
}

}  // namespace plumb
