// Whether a PC can switch itself off, read from its ACPI tables.
#pragma once

#include <string>
#include <string_view>

namespace plumb {

struct PowerOff {
    bool possible = false;
    std::string why;  // "ACPI", "hardware-reduced ACPI without a sleep control register" ...
    bool operator==(const PowerOff&) const = default;
};

// fadt: the bytes of the Fixed ACPI Description Table (/sys/firmware/acpi/tables/FACP), empty where there is none. ACPI
// Specification 6.5, section 5.2.9.
PowerOff acpi_power_off(std::string_view fadt);

}  // namespace plumb
