#include <doctest/doctest.h>

#include "plumb/acpi.hpp"

using namespace plumb;

namespace {

constexpr unsigned hardware_reduced = 1U << 20;

// A Fixed ACPI Description Table with the fields that are looked at.
std::string table(const char* oem, unsigned flags, unsigned pm1a, unsigned char sleep_control, std::size_t size = 276) {
    std::string out(276, '\0');
    out.replace(0, 4, "FACP");
    out.replace(10, 6, std::string(oem) + std::string(6 - std::string(oem).size(), ' '));
    for (std::size_t byte = 0; byte < 4; ++byte) {
        out[64 + byte] = static_cast<char>(pm1a >> (8 * byte));
        out[112 + byte] = static_cast<char>(flags >> (8 * byte));
    }
    out[248 + 3] = static_cast<char>(sleep_control);
    return out.substr(0, size);
}

}  // namespace

TEST_CASE("whether a PC can switch itself off") {
    struct Case {
        const char* name;
        std::string fadt;
        PowerOff wanted;
    };
    const Case cases[] = {
        {"no tables (Firecracker before 1.8, acpi=off)", "", {false, "no ACPI"}},
        {"QEMU pc", table("BOCHS", 0x84a5, 0x604, 0), {true, "ACPI"}},
        {"QEMU pc, first version of the table", table("BOCHS", 0x84a5, 0x604, 0, 116), {true, "ACPI"}},
        {"QEMU microvm", table("BOCHS", hardware_reduced, 0, 1), {true, "hardware-reduced ACPI"}},
        {"Firecracker", table("FIRECK", hardware_reduced, 0, 0), {false, "Firecracker's ACPI cannot power off"}},
        {"reduced, nothing to sleep with",
         table("OTHER", hardware_reduced, 0, 0),
         {false, "hardware-reduced ACPI without a sleep control register"}},
        {"reduced, table cut off before the register",
         table("OTHER", hardware_reduced, 0x604, 1, 244),
         {false, "hardware-reduced ACPI without a sleep control register"}},
        {"nothing at all", table("OTHER", 0, 0, 0), {false, "ACPI without a PM1a control register"}},
        {"a stump", "FACP", {false, "ACPI without a PM1a control register"}},
    };
    for (const Case& each : cases) {
        CAPTURE(each.name);
        CHECK(acpi_power_off(each.fadt).possible == each.wanted.possible);
        CHECK(acpi_power_off(each.fadt).why == each.wanted.why);
    }
}
