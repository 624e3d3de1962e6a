# make install, uninstall, deb, dist, abi. Directories as GNU's: PREFIX, BINDIR, LIBDIR, ...; DESTDIR before all of them.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
VERSION := $(shell awk '/define HORN_VERSION_(MAJOR|MINOR|PATCH)/ { v = v dot $$3; dot = "." } END { print v }' include/horn/version.h)
SONAME := libhorn.so.$(firstword $(subst ., ,$(VERSION)))

$B/libhorn.so.$(VERSION): $(objects) packaging/libhorn.map
	@echo 'ld $@'; $(CC) $(FLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=packaging/libhorn.map -Wl,-z,defs \
	    $(objects) $(LIBS) -o $@
# The options of a program are said once, in its --help.
$B/man/horn.1: $B/horn packaging/see_also.txt
	@mkdir -p $(@D); help2man -N --version-string='horn (Horn) $(VERSION)' --name='train Keras models, read and write their files' -i packaging/see_also.txt $< -o $@
$B/man/horn-%.1: $B/horn packaging/see_also.txt
	@mkdir -p $(@D); ln -sf ../horn $B/man/horn-$*
	@help2man -N --version-string='horn-$* (Horn) $(VERSION)' --name="$$($< --help | sed -n 's/^  $* *//p')" -i packaging/see_also.txt $B/man/horn-$* -o $@
$B/horn.pc: packaging/horn.pc.in Makefile packaging/package.mk
$B/horn-config-version.cmake: packaging/horn-config-version.cmake.in Makefile packaging/package.mk
$B/horn.pc $B/horn-config-version.cmake:
	@mkdir -p $(@D); sed 's,@prefix@,$(PREFIX),; s,@libdir@,$(LIBDIR),; s,@includedir@,$(INCLUDEDIR),; s,@datadir@,$(DATADIR),; s,@version@,$(VERSION),; s,@packages@,$(PACKAGES),' $< >$@

installed := $B/libhorn.a $B/libhorn.so.$(VERSION) $B/horn $B/man/horn.1 $(programs:%=$B/man/horn-%.1)
install: $(installed)
	@rm -f $B/horn.pc $B/horn-config-version.cmake; $(MAKE) $B/horn.pc $B/horn-config-version.cmake
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(INCLUDEDIR)/horn $(LIBDIR)/pkgconfig $(LIBDIR)/cmake/horn $(MANDIR)/man1 \
	    $(DATADIR)/horn/models $(DATADIR)/horn/datasets/fashion-mnist $(DATADIR)/bash-completion/completions $(DATADIR)/zsh/site-functions)
	install -m 755 $B/horn $(DESTDIR)$(BINDIR)/horn
	for p in $(programs); do ln -sf horn $(DESTDIR)$(BINDIR)/horn-$$p; done
	install -m 644 include/horn/*.h include/horn/*.hpp $(DESTDIR)$(INCLUDEDIR)/horn
	install -m 644 $B/libhorn.a $B/libhorn.so.$(VERSION) $(DESTDIR)$(LIBDIR)
	ln -sf libhorn.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libhorn.so
	install -m 644 $B/horn.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 packaging/horn-config.cmake $B/horn-config-version.cmake $(DESTDIR)$(LIBDIR)/cmake/horn
	install -m 644 $B/man/*.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 models/*.json $(DESTDIR)$(DATADIR)/horn/models
	install -m 644 datasets/fashion-mnist/* $(DESTDIR)$(DATADIR)/horn/datasets/fashion-mnist
	install -m 644 packaging/completion.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/horn
	for p in $(programs); do ln -sf horn $(DESTDIR)$(DATADIR)/bash-completion/completions/horn-$$p; done
	install -m 644 packaging/completion.zsh $(DESTDIR)$(DATADIR)/zsh/site-functions/_horn
uninstall:
	cd $(DESTDIR)$(BINDIR) && rm -f horn $(programs:%=horn-%)
	cd $(DESTDIR)$(LIBDIR) && rm -f libhorn.a libhorn.so $(SONAME) libhorn.so.$(VERSION) pkgconfig/horn.pc
	cd $(DESTDIR)$(MANDIR)/man1 && rm -f horn.1 $(programs:%=horn-%.1)
	cd $(DESTDIR)$(DATADIR) && rm -f bash-completion/completions/horn $(programs:%=bash-completion/completions/horn-%) zsh/site-functions/_horn
	rm -rf $(DESTDIR)$(INCLUDEDIR)/horn $(DESTDIR)$(DATADIR)/horn $(DESTDIR)$(LIBDIR)/cmake/horn

# The Debian packages libhorn0, libhorn-dev, horn-tools, in build/deb.
deb:
	@.ci/install_packages.sh build deb
	@packaging/make_deb.sh
# The source as one file.
dist:
	@mkdir -p build; git archive --prefix=horn-$(VERSION)/ -o build/horn-$(VERSION).tar.gz HEAD && echo build/horn-$(VERSION).tar.gz
# What libhorn.so shows, against the last version that has a tag.
abi: $B/libhorn.so.$(VERSION)
	@packaging/check_abi.sh $<
version:
	@echo $(VERSION)
.PHONY: version install uninstall deb dist abi
