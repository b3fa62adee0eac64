// An earlier image of us in this process has left its record, or nothing.
#include "init/boot.hpp"
#include "init/survival.hpp"

namespace init {

void Boot::recall() {
    const Course& course = file_.record().course;
    recovery_.plan_done = goes_on_;
    if (!left_.good) return;
    if (!goes_on_) runner_->go_on(course.boot_stop, course.signals_done);
    if (course.ending != 0) recovery_.end = End{course.end, course.end_code};
    tell_image(file_.record());
}

}  // namespace init
