// Where readiness is passed on to: addresses, and the machine monitor's credential wherever it may be.
#include "init/upward.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace init;

namespace {

std::string kind_of(std::string_view text) {
    const plumb::NotifyAddress found = plumb::parse_notify_address(text);
    static const char* const kinds[] = {"-", "local", "vsock", "datagrams", "packets", "stream"};
    std::string all = kinds[found.kind];
    if (found.kind == plumb::NotifyAddress::local) return all + " " + found.path;
    if (found.kind != plumb::NotifyAddress::none)
        all += " " + std::to_string(found.cid) + " " + std::to_string(found.port);
    return all;
}

}  // namespace

TEST_CASE("addresses to pass readiness on to") {
    const struct {
        std::string text;
        std::string found;
    } table[] = {
        {"/run/systemd/notify", "local /run/systemd/notify"},
        {"@name", "local @name"},
        {"@", "-"},
        {"/", "-"},
        {"", "-"},
        {"name", "-"},
        {"/" + std::string(106, 'x'), "local /" + std::string(106, 'x')},
        {"/" + std::string(107, 'x'), "-"},
        {std::string("/a\0b", 4), "-"},
        {"vsock:2:1234", "vsock 2 1234"},
        {"vsock::1234", "vsock 2 1234"},
        {"vsock-stream:3:1", "stream 3 1"},
        {"vsock-dgram:3:1", "datagrams 3 1"},
        {"vsock-seqpacket:4294967295:4294967295", "packets 4294967295 4294967295"},
        {"vsock:2", "-"},
        {"vsock:2:", "-"},
        {"vsock:2:1x", "-"},
        {"vsock:x:1", "-"},
        {"vsock:2:4294967296", "-"},
        {"vsock-raw:2:1", "-"},
        {"tcp:2:1", "-"},
    };
    for (const auto& row : table) {
        CAPTURE(row.text);
        CHECK(kind_of(row.text) == row.found);
    }
}

TEST_CASE("base64") {
    const struct {
        const char* text;
        const char* decoded;
    } table[] = {{"", ""},
                 {"Zg==", "f"},
                 {"Zm8=", "fo"},
                 {"Zm9v", "foo"},
                 {"Zm9vYmFy", "foobar"},
                 {"Zm9vYg==", "foob"},
                 {"Zg", ""},
                 {"Zg=", ""},
                 {"Z===", ""},
                 {"Z*==", ""},
                 {"=Zg=", ""},
                 {"dnNvY2s6MjoxMjM0", "vsock:2:1234"}};
    for (const auto& row : table) {
        CAPTURE(row.text);
        CHECK(from_base64(row.text) == row.decoded);
    }
}

TEST_CASE("the credential on the kernel command line") {
    CHECK(credential_in_command_line("quiet systemd.set_credential=vmm.notify_socket:vsock:2:9 x\n") == "vsock:2:9");
    CHECK(credential_in_command_line("systemd.set_credential_binary=vmm.notify_socket:dnNvY2s6MjoxMjM0\n") ==
          "vsock:2:1234");
    CHECK(credential_in_command_line("systemd.set_credential=other:x systemd.set_credential=vmm.notify_socket:@a") ==
          "@a");
    CHECK(credential_in_command_line("systemd.set_credential=vmm.notify_socketx:@a") == "");
    CHECK(credential_in_command_line("systemd.set_credential=vmm.notify_socket") == "");
    CHECK(credential_in_command_line("") == "");
}

TEST_CASE("the credential among the OEM strings of SMBIOS") {
    const auto structure = [](char type, const std::vector<std::string>& strings) {
        std::string bytes{type, 5, 0, 0, 1};
        for (const std::string& text : strings) bytes += text + '\0';
        if (strings.empty()) bytes += '\0';
        return bytes + '\0';
    };
    const std::string wanted = "io.systemd.credential:vmm.notify_socket=vsock:2:77";
    const std::string end = structure(127, {});
    CHECK(credential_in_smbios(structure(11, {wanted}) + end) == "vsock:2:77");
    CHECK(credential_in_smbios(structure(0, {"a", "b"}) + structure(1, {}) + structure(11, {"x", wanted, "y"}) + end) ==
          "vsock:2:77");
    CHECK(credential_in_smbios(structure(11, {}) +
                               structure(11, {"io.systemd.credential.binary:vmm.notify_socket="
                                              "dnNvY2s6MjoxMjM0"}) +
                               end) == "vsock:2:1234");
    CHECK(credential_in_smbios(structure(1, {wanted}) + end) == "");
    CHECK(credential_in_smbios(structure(11, {"io.systemd.credential:other=vsock:2:77"}) + end) == "");
    CHECK(credential_in_smbios("") == "");
    // Cut off anywhere, or of random bytes: nothing is read beyond it.
    const std::string table = structure(0, {"a", "b"}) + structure(11, {"x", wanted}) + end;
    for (std::size_t size = 0; size < table.size(); ++size) {
        const std::vector<char> exact(table.begin(), table.begin() + static_cast<std::ptrdiff_t>(size));
        const std::string found = credential_in_smbios({exact.data(), exact.size()});
        CHECK((found.empty() || std::string("vsock:2:77").starts_with(found)));
    }
    std::mt19937 random(11);
    for (int run = 0; run < 5'000; ++run) {
        std::vector<char> bytes(random() % 60);
        for (char& each : bytes) each = static_cast<char>(random() % 3 == 0 ? 11 : random() % 12);
        credential_in_smbios({bytes.data(), bytes.size()});
    }
}
