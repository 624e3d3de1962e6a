#include "callbacks/checkpoint_name.h"
#include "model/small_run.h"

#include <math.h>

START_TEST(test_checkpoint_name__fills_in_templates)
{
    static const char *const good[][2] = {
        { "ckpt-{epoch:04d}", "ckpt-0003" },
        { "{epoch}", "3" },
        { "{epoch:d}-{batch:05d}", "3-00002" },
        { "s{step}.h5", "s0.h5" },
        { "{epoch:02d}-{val_loss:.2f}.hdf5", "03-0.54.hdf5" },
        { "{loss}", "1.25" },
        { "{loss:08.3f}", "0001.250" },
        { "{accuracy:.1e}", "nan" }, /* it has no value yet */
        { "{epoch:3d}", "  3" },
        { "plain}", "plain}" },
    };
    static const char *const bad[][2] = {
        { "{epoch", "'{' without a field" },
        { "{}", "'{' without a field" },
        { "{:d}", "'{' without a field" },
        { "{ep}", "no figure is called 'ep'" },
        { "{epoch:x}", "'x' is no format" },
        { "{loss:d}", "'d' is no format" },
        { "{loss:.3}", NULL },
        { "{loss:1.2.3f}", "is no format" },
        { "{epoch:9999d}", "'9999d' is no format" },
        { "{loss:.999f}", "'.999f' is no format" },
        { "{loss:.3fd}", "'.3fd' is no format" },
        { "{epoch:.1d}", "'.1d' is no format" },
        { "{loss:%n}", "'%n' is no format" },
        { "{loss:-3f}", "'-3f' is no format" },
        { "{loss:.f}", "'.f' is no format" },
        { "{loss:12345678901234567f}", "without a field" },
    };
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    horn_progress p = { .model = m, .epoch = 2, .batch = 2 };
    horn_logs logs = { 2, { "loss", "val_loss" }, { 1.25, 0.5391 } };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bytes out = { 0 };
        ck_ok(checkpoint_name_print(&out, good[i][0], &p, &logs));
        ck_assert_str_eq(bytes_text(&out), good[i][1]);
        ck_assert_msg(checkpoint_name_fits(good[i][0], good[i][1]), "%s made %s", good[i][0], good[i][1]);
        bytes_free(&out);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bytes out = { 0 };
        if (bad[i][1])
            ck_fails(checkpoint_name_print(&out, bad[i][0], &p, &logs), HORN_ERROR_ARGUMENT, bad[i][1]);
        else
            ck_ok(checkpoint_name_print(&out, bad[i][0], &p, &logs));
        bytes_free(&out);
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

static const struct {
    const char *template, *name;
    bool fits;
} cases[] = {
    { "ckpt-{epoch:04d}", "ckpt-0003-14", true },
    { "ckpt-{epoch:04d}", "ckpt-0003-14-2", true },
    { "ckpt-{epoch:04d}", "ckpt-", false },
    { "ckpt-{epoch:04d}", "ckpt-0003.h5", false },
    { "ckpt-{epoch:04d}", "model", false },
    { "ckpt-{epoch:04d}", "ckpt-00x3_", false },
    { "c{epoch}x.h5", "c12x.h5", true },
    { "c{epoch}x.h5", "c12x-7.h5", true },
    { "c{epoch}x.h5", "c12y.h5", false },
    { "c{epoch}x.h5", "c12x.hdf5", false },
    { "c{epoch}.keras", "c12-7.keras", true },
    { "c{epoch}.keras", "c12-7.h5", false },
    { "c{epoch}.weights.h5", "c12-7.weights.h5", true },
    { "c{epoch}.weights.h5", "c12.weights-7.h5", false },
    { "last.h5", "last.h5", true },
    { "last.h5", "last-3.h5", true },
    { "last.h5", "lasting.h5", false },
    { "last.h5", "last-.h5", false },
    { "{val_loss:.2f}", "-0.15", true },
    { "{val_loss:.2f}", "nan", true },
    { "{val_loss:.2f}", "-inf", true },
    { "{val_loss:.2f}", "123456789012345678901234567890.00", false },
    { "{val_loss:.2f}", "1e300", false },
    { "{val_loss:.2f}", "-1.5e-07", false },
    { "{val_loss:.2f}", "0.150", false },
    { "{val_loss:.2f}", ".15", false },
    { "{val_loss:.2f}", "0.15 ", false },
    { "{val_loss:.2f}", "0x1", false },
    { "{val_loss:.2f}", "-nan", false },
    { "{val_loss:.2f}", "nan(1)", false },
    { "{val_loss:.2f}", "", false },
    { "{val_loss}", "1.5e-07", true },
    { "{val_loss}", "data", false },
    { "{val_loss:8.3f}", "   1.250", true },
    { "{val_loss:8.3f}", "1.250", false },
    { "{epoch:04d}.h5", "data.h5", false },
    { "{epoch:04d}.h5", "0012.h5", true },
    { "{epoch:04d}.h5", "12345.h5", true },
    { "{epoch:04d}.h5", "012.h5", false },
    { "{epoch:04d}.h5", "00012.h5", false },
    { "{epoch:04d}.h5", "-012.h5", false },
    { "{epoch:04d}.h5", "+012.h5", false },
    { "{epoch:04d}.h5", " 012.h5", false },
    { "{epoch:04d}.h5", "12.5.h5", false },
    { "{epoch:04d}.h5", "1e10.h5", false },
    { "{epoch:04d}.h5", "nan.h5", false },
    { "{epoch:04d}.h5", "0012 (1).h5", false },
    { "{epoch:04d}.h5", "0012.h5.bak", false },
    { "{epoch:04d}.h5", "0012-007.h5", false },
    { "{epoch:04d}.h5", "0012-7-2-2.h5", false },
    { "ckpt-{epoch:04d}.h5", "CKPT-0003.h5", false },
    { "{epoch}{step}{batch}", "123", true },
    { "{epoch}{step}{batch}", "12", false },
    { "{epoch}-{step}-{batch}", "1-2-3-4-5", true },
    { "{epoch}-{step}-{batch}", "1-2-3-4-5-6", false },
    { "a{epoch}b{step}c", "a1b2c", true },
    { "a{epoch}b{step}c", "a1b2d", false },
};

START_TEST(test_checkpoint_name__knows_the_names_of_a_template)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(checkpoint_name_fits(cases[i].template, cases[i].name) == cases[i].fits, "%s and %s",
                      cases[i].template, cases[i].name);
}
END_TEST

/* Every way of sharing the digits out is not tried. */
START_TEST(test_checkpoint_name__many_fields_and_a_long_name)
{
    char name[240], template[20 * 7 + 1] = "";
    memset(name, '7', sizeof name - 1);
    name[sizeof name - 2] = 'x';
    name[sizeof name - 1] = 0;
    for (int i = 0; i < 20; i++) strcat(template, "{epoch}");
    ck_assert(!checkpoint_name_fits(template, name));
    name[200] = 0;
    ck_assert(checkpoint_name_fits(template, name));
}
END_TEST

TEST_MAIN(test_checkpoint_name__fills_in_templates, test_checkpoint_name__knows_the_names_of_a_template,
          test_checkpoint_name__many_fields_and_a_long_name)
