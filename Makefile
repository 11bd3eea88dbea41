# SPDX-License-Identifier: MIT
# Builds, tests, documents and installs husk.  `make help` lists the targets.

VERSION := 0.1
comma := ,

# ---- variants: each has its own build directory, so none disturbs another ----
VARIANT := $(if $(FUZZ),-fuzz,$(if $(SAN),-san,$(if $(COV),-cov,$(if $(STATIC),-static))))
O ?= build$(VARIANT)
B := $(patsubst %/,%,$(O))

# ---- tools; CROSS=aarch64-linux-gnu- builds for another machine ----
ifeq ($(origin CC),default)
CC := $(CROSS)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS)ar
endif
STRIP ?= $(CROSS)strip
PKG_CONFIG ?= $(CROSS)pkg-config
HOSTCC ?= cc
INSTALL ?= install
FUZZ_SECONDS ?= 10

# ---- flags: CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS belong to the user ----
CFLAGS ?= $(SMALL) -g
WARNINGS := -Wall -Wextra -Wshadow -Wvla -Wundef -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wimplicit-fallthrough $(if $(WERROR),-Werror)
PACKAGES := libseccomp

# Nothing is asked of the compiler where nothing is compiled, and nothing twice.
ifneq ($(filter-out clean help,$(or $(MAKECMDGOALS),all)),)
TARGET := $(shell $(CC) -dumpmachine 2>/dev/null)
accepts = $(shell $(CC) -Werror $(1) -c -x c /dev/null -o /dev/null 2>/dev/null && echo $(1))
SMALL := $(or $(call accepts,-Oz),-Os)
# No kernel of Linux checks indirect branches of programs, so their landing pads are left out; shadow stacks it knows.
HARDENING := $(call accepts,-fstack-clash-protection) $(if $(filter x86_64% i%86%,$(TARGET)),$(call accepts,-fcf-protection=return))
# Relative relocations in their short form, where this libc's loader knows it: a tenth of the binary.
RELR := $(shell printf '\043include <features.h>\n\043if !defined(__GLIBC__) || !__GLIBC_PREREQ(2, 36)\n\043error\n\043endif\nint main(void) { return 0; }\n' | \
	$(CC) -Werror -x c - -pie -fPIE -Wl,-z,pack-relative-relocs -o /dev/null 2>/dev/null && echo -Wl,-z,pack-relative-relocs)
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(or $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs $(PACKAGES) 2>/dev/null),-lseccomp)
# The boot sector is x86 code whatever husk is built for; without such an assembler it is left out.
X86CC := $(firstword $(foreach cc,$(CC) $(HOSTCC) x86_64-linux-gnu-gcc,\
	$(if $(filter x86_64% i%86%,$(shell $(cc) -dumpmachine 2>/dev/null)),$(cc))))
X86OBJCOPY := $(if $(X86CC),$(shell $(X86CC) -print-prog-name=objcopy))
endif

ifneq ($(SAN)$(FUZZ),)
MODE_CFLAGS := -O1 -g -fsanitize=$(if $(FUZZ),fuzzer-no-link$(comma),)address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
else ifneq ($(COV),)
MODE_CFLAGS := -O0 -g --coverage
else
FORTIFY := $(if $(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
# Nothing unwinds at run time, and a debugger has its own tables: a tenth of the binary.
MODE_CFLAGS := -fno-asynchronous-unwind-tables -fno-unwind-tables
endif

ALL_CPPFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DHUSK_VERSION='"$(VERSION)"' -Ilib -I$(B)/gen \
	-include base/banned.h $(FORTIFY) $(PKG_CFLAGS) $(CPPFLAGS)
# Paths are mapped away, so that two builds in two places are the same bytes (`make repro`).
ALL_CFLAGS = -std=gnu11 $(WARNINGS) -fPIE -fstack-protector-strong $(HARDENING) \
	-ffile-prefix-map=$(CURDIR)/= -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(B)=build $(CFLAGS) $(MODE_CFLAGS)
ALL_LDFLAGS = $(if $(STATIC),-static-pie,-pie) -Wl,-z,relro,-z,now $(RELR) $(CFLAGS) $(MODE_CFLAGS) $(LDFLAGS)
ALL_LDLIBS = $(PKG_LIBS) $(LDLIBS)

# ---- sources: found, not listed ----
LIB_SRC := $(sort $(wildcard lib/*/*.c))
CMD_SRC := $(filter-out cmd/gendoc.c cmd/seccompc.c,$(sort $(wildcard cmd/*.c)))
FUZZ_SRC := $(sort $(wildcard t/fuzz-*.c))
HELPER_SRC := $(sort $(wildcard t/fake-*.c t/tool-*.c))
UNIT_SRC := $(filter-out $(FUZZ_SRC) $(HELPER_SRC),$(sort $(wildcard t/*.c)))

GEN_OBJ := $(B)/gen/bootsector.o $(B)/gen/blobs.o
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o) $(GEN_OBJ)
CMD_OBJ := $(CMD_SRC:%.c=$(B)/%.o)
HUSK := $(B)/husk
DOCS := $(B)/husk.1 $(B)/husk.vm.5 $(B)/husk.bash
TOOLS := $(HELPER_SRC:%.c=$(B)/%)
UNITS := $(UNIT_SRC:%.c=$(B)/%)
FUZZERS := $(FUZZ_SRC:%.c=$(B)/%)
TESTS ?= $(sort $(wildcard t/*.t)) $(UNITS)
# "make check TESTS=t/unit-json.c" means the program made from it
# QUICK=1 leaves out what says "# SLOW: why" at its head
RUN_TESTS = $(patsubst t/%.c,$(B)/t/%,$(if $(QUICK),$(shell grep -L '^\# SLOW: ' $(TESTS)),$(TESTS)))

all: $(HUSK) $(DOCS)

help:
	@echo 'make                     build husk, its manual pages and bash completion in $(B)/'
	@echo 'make check               run every test; TESTS="t/foo.t" some, JOBS=N at once, HUSK_MUST_RUN="root guest"'
	@echo 'make demo                boot a Linux guest, look at it, stop it'
	@echo 'make install             to $$(DESTDIR)$$(PREFIX), by default /usr/local; uninstall removes it again'
	@echo 'make lint                clang-tidy, cppcheck, shellcheck, mandoc'
	@echo 'make fuzz                every fuzz target for FUZZ_SECONDS (10) seconds'
	@echo 'make coverage            line coverage of make check, by file'
	@echo 'make headers             every header compiles alone'
	@echo 'make mutants             leave out each step of the sandbox in turn: the tests must notice (root, minutes)'
	@echo 'make repro               two builds in two places give the same bytes'
	@echo 'make bench               the benchmark'
	@echo 'make clean               remove every build directory'
	@echo 'QUICK=1                  with check: without the tests in which guests take the time'
	@echo 'SAN=1 COV=1 STATIC=1     sanitizers, coverage, one static binary; each has its own build directory'
	@echo 'O=DIR CC= CROSS= CFLAGS= CPPFLAGS= LDFLAGS= LDLIBS= WERROR=1 V=1 are respected'

# ---- what is built depends on how: new flags or a changed list of files rebuild what they touch ----
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(subst ','\'',$(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(ALL_LDLIBS))' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else $(check-headers) && mv $@.new $@; fi

check-headers = for h in seccomp.h:libseccomp-dev jsmn.h:libjsmn-dev; do \
	printf '\#include <%s>\n' "$${h%:*}" | $(CC) $(ALL_CPPFLAGS) -x c -E - >/dev/null 2>&1 || missing="$$missing $${h\#*:}"; done; \
	if [ -n "$$missing" ]; then \
		command -v $(CC) >/dev/null || missing="gcc$$missing"; \
		echo "husk cannot be built yet, these development packages are missing:$$missing" >&2; \
		echo "  on Debian or Ubuntu: apt-get install pkg-config$$missing" >&2; \
		echo "  elsewhere: libseccomp and jsmn (a header) with their headers" >&2; exit 1; fi

$(B)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_OBJ) $(CMD_OBJ)' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# ---- compile and link; V=1 shows the whole commands ----
say = $(if $(V),,@printf '  %-8s%s\n' $(1) '$(patsubst $(B)/%,%,$@)';)
COMPILE = $(call say,CC)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@
LINK = $(call say,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(ALL_LDLIBS)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(COMPILE) $<

$(B)/gen/%.o: $(B)/gen/%.c $(B)/flags
	$(COMPILE) $<

$(B)/libhusk.a: $(LIB_OBJ) $(B)/sources
	@rm -f $@
	$(call say,AR)$(AR) rcsD $@ $(LIB_OBJ)

$(B)/husk: $(CMD_OBJ) $(B)/libhusk.a $(B)/sources
	$(LINK)

# The boot sector: assembled, cut to its 512 bytes, written as C.
$(B)/gen/bootsector.bin: lib/qemu/bootsector.S
	@mkdir -p $(@D)
	$(call say,AS)$(if $(X86CC),$(X86CC) -c -o $(@:.bin=.x86.o) $< && $(X86OBJCOPY) -O binary -j .text $(@:.bin=.x86.o) $@,: >$@)

$(B)/gen/bootsector.c: $(B)/gen/bootsector.bin
	@{ echo '#include <qemu/bootsector.h>'; echo 'const unsigned char bootsector[] = {'; \
	od -An -v -t x1 $< | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	echo '0 };'; echo 'const size_t bootsector_size = sizeof(bootsector) - 1;'; } >$@

# ---- programs of the build itself: they run here, so a cross build makes them in a directory of their own ----
ifeq ($(CROSS),)
GENDOC := $(B)/gendoc
SECCOMPC := $(B)/seccompc
else
GENDOC := $(B)/host/gendoc
SECCOMPC := $(B)/host/seccompc
$(GENDOC) $(SECCOMPC): FORCE
	+$(MAKE) CROSS= CC=$(HOSTCC) AR=ar PKG_CONFIG=pkg-config O=$(B)/host $@
endif

# The tables once more, with the texts that are for the manual alone.
TABLES := cmd/table.c lib/spec/options.c
$(B)/doc/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(COMPILE) -DHUSK_DOCS $<

$(B)/gendoc: $(B)/cmd/gendoc.o $(TABLES:%.c=$(B)/doc/%.o) \
		$(filter-out $(B)/cmd/husk.o $(TABLES:%.c=$(B)/%.o),$(CMD_OBJ)) $(B)/libhusk.a
	$(LINK)

PROSE := $(wildcard cmd/*.in)
$(B)/husk.1: $(GENDOC) $(PROSE)
	$(call say,GEN)$(GENDOC) man1 >$@.new && mv $@.new $@
$(B)/husk.vm.5: $(GENDOC) $(PROSE)
	$(call say,GEN)$(GENDOC) man5 >$@.new && mv $@.new $@
$(B)/husk.bash: $(GENDOC) $(PROSE)
	$(call say,GEN)$(GENDOC) completion >$@.new && mv $@.new $@

# The policy compiler cannot use libhusk.a, which holds its output; it links what it needs below that.
$(B)/seccompc: $(B)/cmd/seccompc.o $(filter $(B)/lib/base/% $(B)/lib/sandbox/policy%,$(LIB_OBJ))
	$(LINK)

$(B)/gen/blobs.c: $(SECCOMPC) $(wildcard seccomp/*.policy)
	@mkdir -p $(@D)
	$(call say,POLICY)$(SECCOMPC) $(firstword $(subst -, ,$(TARGET))) $@ seccomp

# ---- tests ----
$(B)/t/%: $(B)/t/%.o $(B)/libhusk.a
	$(LINK)

# A probe that runs inside a jail brings its C library along, and no sanitizer: those want /proc.
$(B)/t/tool-static-%: t/tool-static-%.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,STATIC)$(CC) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Ilib -std=gnu11 $(WARNINGS) $(CFLAGS) -MMD -MP -MF $@.d -static $(LDFLAGS) -o $@ $<

# It runs as QEMU in the jail, where a sanitizer finds no /proc and a profile no file: built without either.
ifneq ($(SAN)$(COV),)
$(B)/t/fake-qemu: t/fake-qemu.c t/fake-qemu.h $(sort $(wildcard lib/base/*.c)) $(B)/flags
	@mkdir -p $(@D)
	$(call say,PLAIN)$(CC) $(ALL_CPPFLAGS) $(filter-out $(MODE_CFLAGS),$(ALL_CFLAGS)) -o $@ $(filter %.c,$^) $(LDFLAGS)
endif

# A fuzz target is also a test: over its corpus, with libFuzzer or with t/tool-replay.c in its place.
$(FUZZERS): $(B)/t/fuzz-%: $(B)/t/fuzz-%.o $(if $(FUZZ),,$(B)/t/tool-replay.o) $(B)/libhusk.a
	$(LINK) $(if $(FUZZ),-fsanitize=fuzzer)
tests: all $(B)/gen/bootsector.bin $(filter-out $(B)/t/tool-replay,$(TOOLS)) $(UNITS) $(FUZZERS)

check:
	@t/setup.sh
	+@$(MAKE) --no-print-directory tests
	@MAKEFLAGS= B='$(B)' JOBS='$(JOBS)' t/run $(RUN_TESTS)

demo:
	@t/setup.sh demo
	+@$(MAKE) --no-print-directory all
	@HUSK_BUILD='$(abspath $(B))' t/demo.sh

bench:
	@t/setup.sh
	+@$(MAKE) --no-print-directory tests
	@HUSK_BUILD='$(abspath $(B))' t/bench.sh

coverage:
	+@$(MAKE) --no-print-directory COV=1 check; rc=$$?; t/coverage.sh $(if $(filter file,$(origin O)),build-cov,$(B)); exit $$rc

fuzz:
ifeq ($(FUZZ),)
	+@$(MAKE) --no-print-directory FUZZ=1 CC=clang $(if $(filter file,$(origin O)),,O=$(O)-fuzz) fuzz
else
	+@$(MAKE) --no-print-directory $(FUZZERS)
	@B='$(B)' FUZZ_SECONDS='$(FUZZ_SECONDS)' t/fuzz.sh $(FUZZERS)
endif

headers: $(B)/flags
	@for h in lib/*/*.h cmd/*.h t/*.h; do [ -e "$$h" ] || continue; \
		echo "#include \"$$h\"" | $(CC) $(ALL_CPPFLAGS) -I. $(ALL_CFLAGS) -fsyntax-only -x c - || exit 1; done

lint: all $(B)/flags
	@B='$(B)' CC='$(CC)' CPPFLAGS='$(subst ','\'',$(ALL_CPPFLAGS))' t/lint.sh

mutants:
	@mkdir -p '$(B)'
	@t/mutants.sh '$(B)' '$(MAKE)'

repro:
	@t/repro.sh '$(B)' '$(MAKE)'

# ---- install ----
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MAN7 := $(wildcard cmd/*.7)
MANDIR ?= $(PREFIX)/share/man
COMPDIR ?= $(PREFIX)/share/bash-completion/completions

install: all
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(MANDIR)/man5' '$(DESTDIR)$(COMPDIR)'
	$(INSTALL) -m 755 $(B)/husk '$(DESTDIR)$(BINDIR)/husk'
	$(STRIP) '$(DESTDIR)$(BINDIR)/husk'
	$(INSTALL) -m 644 $(B)/husk.1 '$(DESTDIR)$(MANDIR)/man1/husk.1'
	$(INSTALL) -m 644 $(B)/husk.vm.5 '$(DESTDIR)$(MANDIR)/man5/husk.vm.5'
	$(if $(MAN7),$(INSTALL) -d '$(DESTDIR)$(MANDIR)/man7' && $(INSTALL) -m 644 $(MAN7) '$(DESTDIR)$(MANDIR)/man7')
	$(INSTALL) -m 644 $(B)/husk.bash '$(DESTDIR)$(COMPDIR)/husk'

uninstall:
	rm -f '$(DESTDIR)$(BINDIR)/husk' '$(DESTDIR)$(MANDIR)/man1/husk.1' '$(DESTDIR)$(MANDIR)/man5/husk.vm.5' \
		'$(DESTDIR)$(COMPDIR)/husk' $(MAN7:cmd/%='$(DESTDIR)$(MANDIR)/man7/%')

# Only what this Makefile made: a directory with its flags file in it.
clean:
	@for d in '$(B)' build build-san build-cov build-static build-fuzz; do \
		if [ -e "$$d/flags" ] || [ -e "$$d/flags.new" ]; then rm -rf "$$d"; fi; done

FORCE:
.PHONY: all help tests check demo bench coverage fuzz headers lint mutants repro install uninstall clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:
-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(TABLES:%.c=$(B)/doc/%.d) $(wildcard $(B)/t/*.d $(B)/cmd/*.d)
