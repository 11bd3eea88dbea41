#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# What sandbox-without names is lost, and nothing else: the probe finds it so from inside, the audit from outside; for an ordinary user.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need user socat
# shellcheck source=t/probe.sh
. "${0%/*}/probe.sh"

as user
without_each
done_testing
