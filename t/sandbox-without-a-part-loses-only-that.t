#!/bin/sh
# SPDX-License-Identifier: MIT
# What sandbox-without names is lost, and nothing else: the probe finds it so from inside, the audit from outside.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
need user socat
# shellcheck source=t/probe.sh
. "$(dirname "$0")/probe.sh"

# facts PART - what the audit shows as given up for it.
facts() {
	case $1 in
	mntns) printf 'namespace mnt\nroot\nlandlock\n' ;;
	netns) printf 'namespace net\nnetwork\n' ;;
	pidns | ipcns | utsns | cgroupns) echo "namespace ${1%ns}" ;;
	seccomp) printf 'seccomp\nkeeper seccomp\n' ;;
	*) echo "$1" ;;
	esac
}
# only PARTS - a VM without them.
only() {
	run probe p "$1"
	exits 0 "$who: without $1" || return
	is "$(failures)" '' "$who: without $1: what is left refuses what it should, and no more"
	run by "$T/husk" inspect --sandbox p
	exits 0 "$who: without $1: the audit finds the rest in force"
	is "$(given_up p | sort)" "$(for part in $(echo "$1" | tr , ' '); do facts "$part"; done | sort -u)" \
		"$who: without $1: the audit names what was given up"
	by "$T/husk" stop -q --now p
}

for who in root user; do
	as $who
	only seccomp
	for part in mntns pidns netns ipcns utsns cgroupns uid landlock mdwe cgroup; do
		only "$part"
		# without the filter before it, what a part alone keeps off is seen
		only "$part,seccomp"
	done
done
done_testing
