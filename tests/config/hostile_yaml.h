/* YAML that is refused, and with what words. */
#ifndef TESTS_CONFIG_HOSTILE_YAML_H
#define TESTS_CONFIG_HOSTILE_YAML_H

#define TEN(text) text text text text text text text text text text

static const struct {
    const char *yaml, *words;
} hostile_yaml[] = {
    { "", "t.yaml: line 1: no document" },
    { "# nothing\n", "no document" },
    { "a: 1\n---\nb: 2\n", "line 2: a second document" },
    { "a: b: c", "t.yaml: not YAML: line 1, column 5: mapping values are not allowed" },
    { "a: [1, 2", "not YAML: line 2, column 1" },
    { "a: 'x", "not YAML: line 1" },
    { "a:\n\tb: c", "not YAML: line 2, column 1" },
    { "a: @x", "not YAML: line 1, column 4" },
    { "a: \xff", "not YAML: byte 3" },
    { "a: \x01", "not YAML: byte 3" },
    { "a: 1\nb: 2\na: 3\n", "line 3: the key 'a' appears twice" },
    { "{a: 1, \"a\": 2}", "line 1: the key 'a' appears twice" },
    { "1: a", "line 1: the key 1 is no string" },
    { "a: 1\nyes: 2", "line 2: the key yes is no string" },
    { "a: 1\n? [b, c]\n: d", "line 2: a key that is no string" },
    { "a: &x b\n*x : 1", "line 2: a key that is an alias" },
    { "&x a: 1", "a key with a name" },
    { "<<: {a: 1}", "the key << is no string" },
    { "a: &b {c: 1}\nd:\n  <<: *b\n", "line 3: the key << is no string" },
    { "a: !!python/object/apply:os.system ['true']",
      "line 1: the tag !!python/object/apply:os.system is not supported" },
    { "a: 1\nb: !!python/object:keras.Model {}", "line 2: the tag !!python/object:keras.Model" },
    { "!!python/object/new:type [a]", "the tag !!python/object/new:type" },
    { "!!python/name:os.system", "the tag !!python/name:os.system" },
    { "!!python/module:os", "the tag !!python/module:os" },
    { "a: !!python/unicode 'b'", "the tag !!python/unicode" },
    { "!!python/tuple {a: 1}", "the tag !!python/tuple" },
    { "!!python/tuple x", "the tag !!python/tuple" },
    { "a: !!binary aGk=", "the tag !!binary" },
    { "a: !!set {b}", "the tag !!set" },
    { "a: !!str 1", "the tag !!str" },
    { "a: !own 1", "the tag !own" },
    { "a: !<tag:x.org,2002:python/tuple> [1]", "the tag tag:x.org,2002:python/tuple" },
    { "%TAG ! tag:yaml.org,2002:python/\n--- !tuple [1]", "line 1: directives (%)" },
    { "a: 1\n...\n%YAML 1.1\n---\nb: 1", "line 3: directives (%)" },
    { "a: 0x10", "line 1: '0x10' is no decimal number" },
    { "a: 017", "'017' is no decimal" },
    { "a: 0b11", "'0b11' is no decimal" },
    { "a: 1_000", "'1_000' is no decimal" },
    { "a: 1_0.5", "'1_0.5' is no decimal" },
    { "a: 190:20:30", "'190:20:30' is no decimal" },
    { "a: 1:30.5", "'1:30.5' is no decimal" },
    { "a: 2001-12-14", "'2001-12-14' is no decimal" },
    { "a: 2001-12-14t21:59:43.10-05:00", "'2001-12-14t21" },
    { "a: =", "'=' is no decimal" },
    { "a: *b", "line 1: nothing is named 'b'" },
    { "a: &a [*a]", "line 1: 'a' contains itself" },
    { "a: &a\n  b: &b\n    c: *a\n", "line 3: 'a' contains itself" },
    { "a: \"x\\0y\"", "a string with a zero byte" },
    { TEN("[[[[[[[[[["), "nested deeper than 64" },
    { "a: " TEN(TEN("1234567890")), "a number of over 256 digits" },
    { "a: {b: 1, c: {b: 2, b: 3}}", "the key 'b' appears twice" },
};

#endif
