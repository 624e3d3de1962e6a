# README.md lists every command. KIND=san builds with ASan and UBSan, KIND=tsan with TSan, CC=clang B=build/clang with clang.
# CFLAGS, CPPFLAGS, LDFLAGS, CC, AR, LD, OBJCOPY are the user's; WERROR=-Werror makes warnings errors.
KIND ?= release
B := build/$(KIND)
OBJCOPY ?= objcopy
MAKEFLAGS += --no-print-directory
PACKAGES := openblas hdf5 libcjson yaml-0.1 zlib snappy
CFLAGS_release := -O3 -g
CFLAGS_san := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_fuzz := $(CFLAGS_san) -fsanitize=fuzzer -Wno-pass-failed
CFLAGS_tsan := -O1 -g -fsanitize=thread
# Of src/: a program runs with ulimit -s 64. Sanitizers need more.
STACK_release := -Wvla -Wframe-larger-than=16384
FLAGS := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wshadow $(WERROR) -fPIC -fno-math-errno -fno-trapping-math -fvisibility=hidden \
    $(CFLAGS_$(KIND)) $(CPPFLAGS) $(CFLAGS)
# pkg-config is asked once, and not before something is compiled: it may have to be installed first.
INCLUDES = $(eval INCLUDES := $(shell pkg-config --cflags-only-I $(PACKAGES)))$(INCLUDES)
LIBS = $(eval LIBS := $(shell pkg-config --libs $(PACKAGES)) -lpthread -lm)$(LIBS)
# The programs link libhdf5 statically if that is possible. The shared one loads libcurl and thirty more libraries: 6 MB of memory,
# and most of the time that a program takes to start.
HDF5_ARCHIVE = $(firstword $(wildcard $(patsubst -L%,%/libhdf5.a,$(shell pkg-config --libs-only-L hdf5))))
STATIC_HDF5 = $(eval STATIC_HDF5 := $(shell echo 'int H5open(void); int main(void) { return H5open(); }' | \
    $(CC) -x c - -x none $(HDF5_ARCHIVE) -lsz -lz -ldl -lm -o /dev/null >/dev/null 2>&1 && echo $(HDF5_ARCHIVE)))$(STATIC_HDF5)
PROGRAM_LIBS = $(if $(STATIC_HDF5),$(patsubst -lhdf5,$(STATIC_HDF5) -lsz -ldl,$(LIBS)),$(LIBS))
CHECK_LIBS = $(eval CHECK_LIBS := $(shell pkg-config --libs check))$(CHECK_LIBS)
# For the makes that the commands below call: all cores, unless a -j was said.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

programs := train evaluate predict convert inspect
objects := $(patsubst %.c,$B/%.o,$(filter-out src/programs/%,$(wildcard src/*/*.c src/*/*/*.c)))
shared := $(patsubst %.c,$B/%.o,$(wildcard src/programs/*.c src/programs/*/*.c))
tests := $(patsubst %.c,$B/%,$(wildcard tests/*/test_*.c tests/*/*/test_*.c))
threaded := $(filter $B/tests/base/% $B/tests/model/% $B/tests/callbacks/%,$(tests))
robustness := $(filter $B/tests/robustness/%,$(tests))

all: $(programs)
$(programs): %: $B/% always
	@cmp -s $< $@ || cp -f $< $@
# One program with many names.
$(programs:%=$B/%): $B/horn
	@ln -f $< $@
$B/horn: $(shared) $B/libhorn.a
	@echo 'ld $@'; $(CC) $(FLAGS) $(LDFLAGS) $^ $(PROGRAM_LIBS) -o $@
# For programs: shows the names of the API alone.
$B/libhorn.a: $(objects)
	@echo 'ld $@'; $(LD) -r $^ -o $B/libhorn.o && $(OBJCOPY) -w --keep-global-symbol='horn_*' $B/libhorn.o
	@rm -f $@; $(AR) rcs $@ $B/libhorn.o
# For tests, which call what is inside.
$B/src.a: $(objects)
	@rm -f $@; $(AR) rcs $@ $^
$B/%.o: %.c Makefile
	@mkdir -p $(@D); echo 'cc $<'
	@$(CC) $(FLAGS) $(if $(filter src/%,$<),$(STACK_$(KIND))) -Iinclude -Isrc -Itests -MMD -MP $(INCLUDES) -c $< -o $@
$B/tests/%: $B/tests/%.o $B/src.a
	@echo 'ld $@'; $(CC) $(FLAGS) $(LDFLAGS) $(filter %.o,$^) $B/src.a $(WRAP) $(CHECK_LIBS) $(LIBS) -o $@
$B/tests/robustness/test_disk_faults: $(filter-out %/horn.o,$(shared))
$B/tests/fuzz/test_corpus $B/tests/fuzz/fuzz: $B/tests/fuzz/reader.o $B/tests/fuzz/seeds.o $B/tests/fuzz/seeds_data.o
$B/tests/fuzz/fuzz: $B/tests/fuzz/mutate.o $B/tests/fuzz/mutate_files.o $B/tests/fuzz/mutate_pickle.o
$B/tests/robustness/test_allocations $B/tests/model/test_steps $B/tests/model/test_constructors: WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc
$B/tests/model/files/test_saving_memory: WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=free
$B/tests/model/step/test_wide: WRAP := -Wl,--wrap=pool_run
$B/tests/bench/%: $B/tests/bench/%.o $B/src/programs/shared/fast_blas.o $B/src.a
	@echo 'ld $@'; $(CC) $(FLAGS) $(LDFLAGS) $^ $(LIBS) -ldl -o $@
$B/readme/example.c: block := 1
$B/readme/custom_layer.c: block := 2
$B/readme/%.c: README.md
	@mkdir -p $(@D); awk '/^```c$$/ { on = ++n == $(block); next } /^```$$/ { on = 0 } on' $< >$@
$B/readme/%: $B/readme/%.c $B/libhorn.a
	@echo 'ld $@'; $(CC) $(FLAGS) $(LDFLAGS) -Iinclude $^ $(LIBS) -o $@

run:
	@.ci/install_packages.sh build
	@$(MAKE) $(JOBS) all
	./train --epochs 10 --save model.h5
test:
	@.ci/install_packages.sh build test
	@$(MAKE) $(JOBS) check
check: $(tests) $(programs:%=$B/%) $B/readme/example $B/readme/custom_layer
	@HORN_PROGRAMS=$B tests/run.sh $(tests)
san:
	@$(MAKE) KIND=san test
tsan:
	@$(MAKE) KIND=tsan tests='$(patsubst $B/%,build/tsan/%,$(threaded))' test
fuzz:
	@.ci/install_packages.sh build fuzz
	@$(MAKE) $(JOBS) KIND=fuzz CC=clang build/fuzz/tests/fuzz/fuzz
	@tests/fuzz/run.sh build/fuzz/tests/fuzz/fuzz
robustness:
	@.ci/install_packages.sh build test
	@$(MAKE) $(JOBS) $(robustness) $(programs:%=$B/%)
	@for test in $(robustness); do HORN_KILLS=1000 HORN_SEQUENCES=2000 HORN_IMAGES=20000 HORN_ALLOCATIONS=all HORN_FLIPS=all HORN_LARGE=2048 HORN_PROGRAMS=$B $$test || exit 1; done
data:
	@datasets/get_fashion_mnist.sh
venvs:
	@.ci/install_packages.sh python
	@.ci/make_venvs.sh
interop: venvs data
	@.ci/install_packages.sh build
	@$(MAKE) $(JOBS) all $B/readme/custom_layer $(patsubst %.c,$B/%,$(wildcard tests/interop/*.c))
	@python3 -B tests/interop/run.py $B
bench: venvs data
	@.ci/install_packages.sh build
	@$(MAKE) $(JOBS) all $B/tests/bench/horn_bench $B/tests/bench/sgemm
	python3 -B tests/bench/bench.py $B $(BENCH)
include packaging/package.mk
format:
	@clang-format -i $(wildcard include/*/*.h src/*/*.[ch] src/*/*/*.[ch] tests/*.h tests/*/*.c tests/*/*/*.c examples/*.c)
clean:
	rm -rf build $(programs)

.PHONY: all always run test check san tsan fuzz robustness data venvs interop bench format clean
.DELETE_ON_ERROR:
.PRECIOUS: $B/%.o
-include $(shell find $B -name '*.d' 2>/dev/null)
