// What an illumos zone or ramdisk has beside the files that mvinit.toml wants.
#pragma once

#include "packaging/image/closure.hpp"
#include "packaging/image/plan.hpp"

namespace image {

// Mount points of the kernel and of zoneadmd, which panic or warn without them.
void add_illumos_places(const Plan& plan, Contents& contents);

// zone: /etc/inittab, that of the roots or overlays or one with initdefault alone, whose smf entry runs mvinit, as
// `mvinit inittab install` makes it.
void add_inittab(const Plan& plan, Closure& closure, Contents& contents);

// zone: /sbin/init is that of a root or an overlay instead of the link to mvinit, where there is one.
void keep_own_init(const Plan& plan, Closure& closure, Contents& contents);

}  // namespace image
