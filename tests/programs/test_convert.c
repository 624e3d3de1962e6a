/* ./convert, as a user sees it. */
#include "programs/program.h"

static const char model[] = "tests/golden/keras2.15/Csgdm.h5";

START_TEST(test_convert__says_what_it_did)
{
    program_setup();
    run_well(o, "convert %s %s", model, in_folder("new/a.keras"));
    char expected[512];
    snprintf(expected, sizeof expected,
             "read:        %s (keras-h5)\n"
             "carried:     architecture, weights (4 tensors), compile settings, optimizer state (SGD at step "
             "2)\n"
             "written:     %s (keras), read back and compared\n",
             model, in_folder("new/a.keras"));
    ck_assert_str_eq(o.out, expected);
    ck_assert_str_eq(o.err, "");
    outcome_free(&o);
    run_well(c, "inspect %s --compare %s", model, in_folder("new/a.keras"));
    ck_assert_ptr_nonnull(strstr(c.out, "\nequal: 9 tensors, by layer\n"));
    outcome_free(&c);
    run_well(w, "convert --to keras-h5-weights %s %s", model, in_folder("w.h5"));
    ck_assert_ptr_nonnull(
        strstr(w.out, "\nnot carried: optimizer state (format 'keras-h5-weights' has no place for it)"));
    outcome_free(&w);
    run_well(back, "convert %s %s --architecture=%s --dialect both", in_folder("w.h5"), in_folder("b.keras"),
             model);
    ck_assert_ptr_nonnull(strstr(back.out, "\ncarried:     architecture, weights (4 tensors), compile"));
    outcome_free(&back);
    program_cleanup();
}
END_TEST

START_TEST(test_convert__a_directory_is_a_saved_model)
{
    program_setup();
    run_well(o, "convert %s %s", model, in_folder("m/"));
    ck_assert_ptr_nonnull(strstr(o.out, "optimizer state (SGD at step 2)\n"));
    ck_assert_ptr_nonnull(strstr(o.out, "m/ (saved-model), read back and compared\n"));
    outcome_free(&o);
    run_well(again, "convert --to saved-model %s %s", model, in_folder("m")); /* in its place */
    outcome_free(&again);
    run_well(c, "inspect %s --compare %s", model, in_folder("m"));
    ck_assert_ptr_nonnull(strstr(c.out, "\nequal: 9 tensors, by layer\n"));
    outcome_free(&c);
    run_well(v, "inspect --verify %s", in_folder("m"));
    ck_assert_ptr_nonnull(strstr(v.out, "the checksums (CRC32C) of the index's blocks and of "));
    ck_assert_ptr_nonnull(
        strstr(v.out, "the lengths in saved_model.pb and keras_metadata.pb, which carry no checksum\n"));
    outcome_free(&v);
    run_well(shown, "inspect %s", in_folder("m/"));
    ck_assert_ptr_nonnull(strstr(shown.out, "format:    saved-model\n"));
    ck_assert_ptr_nonnull(strstr(shown.out, "layer_with_weights-0/kernel "));
    outcome_free(&shown);
    run_well(frozen, "convert %s %s", in_folder("m"), in_folder("m.pb"));
    ck_assert_ptr_nonnull(strstr(frozen.out, "weights (4 tensors)\n"));
    outcome_free(&frozen);
    check_refusal(run("convert %s %s/", model, in_folder("m.pb")), 1,
                  "is no directory, expected one or a free name");
    program_cleanup();
}
END_TEST

/* Without an architecture nothing says which variables belong to a module. */
START_TEST(test_convert__names_for_a_stream_are_refused)
{
    static const char line[] = "small/conv1 = features.0\n";
    program_setup();
    write_file(in_folder("names"), line, sizeof line - 1);
    check_refusal(run("convert tests/golden/deepdish/net %s --to deepdish --names %s", in_folder("s.h5"),
                      in_folder("names")),
                  2, "s.h5: names of modules were given, and no architecture");
    ck_assert_int_eq(count_files(folder), 1);
    program_cleanup();
}
END_TEST

/* The report says what would be, and nothing is written. */
START_TEST(test_convert__a_dry_run_writes_nothing)
{
    program_setup();
    run_well(o, "convert --dry-run %s %s", model, in_folder("new/a.safetensors"));
    ck_assert_ptr_nonnull(
        strstr(o.out, "carried:     architecture, weights (4 tensors), compile settings\n"
                      "not carried: optimizer state (format 'safetensors' has no place for it): "));
    ck_assert_ptr_nonnull(strstr(o.out, "changed:     layer 'dense_1': the module ends with nn.Softmax"));
    ck_assert_ptr_nonnull(strstr(o.out, "\nnot written: "));
    outcome_free(&o);
    check_refusal(run("inspect %s", in_folder("new")), 1, "new");
    /* a stream, which writes its file in place */
    run_well(stream, "convert --dry-run tests/golden/deepdish/net %s --to deepdish", in_folder("s.h5"));
    ck_assert_ptr_nonnull(strstr(stream.out, "carried:     13 tensors, 1760 bytes\n"));
    ck_assert_ptr_nonnull(strstr(stream.out, "\nnot written: "));
    outcome_free(&stream);
    ck_assert_int_eq(count_files(folder), 0);
    program_cleanup();
}
END_TEST

START_TEST(test_convert__names_of_modules_are_given_by_a_file)
{
    program_setup();
    FILE *file = fopen(in_folder("names"), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs("# of a module\ndense = body.fc1\n2 = head\n", file), 0);
    ck_assert_int_eq(fclose(file), 0);
    run_well(o, "convert --names %s %s %s", in_folder("names"), model, in_folder("a.safetensors"));
    outcome_free(&o);
    run_well(shown, "inspect %s", in_folder("a.safetensors"));
    ck_assert_ptr_nonnull(strstr(shown.out, "\nbody.fc1.weight "));
    outcome_free(&shown);
    run_well(back, "convert %s %s", in_folder("a.safetensors"), in_folder("b.h5"));
    outcome_free(&back);
    run_well(same, "inspect %s --compare %s", in_folder("a.safetensors"), model);
    ck_assert_ptr_nonnull(strstr(same.out, "\nequal: 4 tensors, by layer\n"));
    outcome_free(&same);
    check_refusal(run("convert --names %s %s %s", in_folder("names"), model, in_folder("c.h5")), 2,
                  "neither format 'keras-h5' nor 'keras-h5' has the option names");
    program_cleanup();
}
END_TEST

/* Which PyTorch's own files are: nothing says what their layers are. */
START_TEST(test_convert__a_missing_architecture_is_named_with_the_command)
{
    program_setup();
    run_well(o, "convert %s %s --to npz", model, in_folder("a.npz"));
    outcome_free(&o);
    check_refusal(run("convert %s %s", in_folder("a.npz"), in_folder("a.safetensors")), 1,
                  "expected the option architecture: ./convert ");
    check_refusal(run("predict %s", in_folder("a.npz")), 1, "a.npz model.h5 --architecture model.json");
    program_cleanup();
}
END_TEST

/* Which is what ./train leaves; the run goes on from it. */
START_TEST(test_convert__a_directory_of_checkpoints_is_its_newest)
{
    program_setup();
    run_well(t, "train --epochs 2 --progress none --checkpoint %s/run/ckpt-{epoch:04d}", folder);
    outcome_free(&t);
    run_well(o, "convert %s %s", in_folder("run"), in_folder("other/ckpt-0002.h5"));
    ck_assert_ptr_nonnull(strstr(o.out, "/run/ckpt-0002 (tf-weights)\n"));
    ck_assert_ptr_nonnull(strstr(o.out, "optimizer state (RMSprop at step 4), progress (2 epochs)\n"));
    ck_assert_ptr_null(strstr(o.out, "not carried"));
    outcome_free(&o);
    run_well(more, "train --epochs 3 --progress none --save %s --checkpoint %s/other/ckpt-{epoch:04d}.h5",
             in_folder("a.h5"), folder);
    ck_assert_ptr_nonnull(strstr(more.err, "other/ckpt-0002.h5: epoch 2 of 3, optimizer RMSprop at step 4"));
    outcome_free(&more);
    run_well(same, "train --epochs 3 --progress none --save %s --checkpoint %s/run/ckpt-{epoch:04d}",
             in_folder("b.h5"), folder);
    outcome_free(&same);
    ck_assert(same_bytes(in_folder("a.h5"), in_folder("b.h5")));
    program_cleanup();
}
END_TEST

/* Variables by their names, and over three files. */
START_TEST(test_convert__a_saver_s_checkpoint_needs_an_architecture)
{
    static const char text[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": ["
        "{\"class_name\": \"Dense\", \"config\": {\"name\": \"dense\", \"units\": 4, \"batch_input_shape\": "
        "[null, 3]}}, "
        "{\"class_name\": \"Dense\", \"config\": {\"name\": \"dense_1\", \"units\": 2}}]}}";
    program_setup();
    FILE *file = fopen(in_folder("m.json"), "w");
    ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    run_well(o, "convert tests/golden/saver2.15/partitioned %s --architecture %s --shards 3", in_folder("w"),
             in_folder("m.json"));
    ck_assert_ptr_nonnull(strstr(o.out, "carried:     architecture, weights (4 tensors)\n"));
    ck_assert_ptr_nonnull(strstr(o.out, "not carried: optimizer state (no compile settings that fit"));
    ck_assert_int_eq(access(in_folder("w.data-00002-of-00003"), F_OK), 0);
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_convert__refusals_are_one_line)
{
    program_setup();
    check_refusal(run("convert %s %s", in_folder("none.h5"), in_folder("a.keras")), 1, "none.h5");
    check_refusal(run("convert models/mlp.json %s", in_folder("a.h5")), 1, "mlp.json: holds no weights");
    check_refusal(run("convert tests/golden/keras2.15/B.weights.h5 %s", in_folder("a.h5")), 1,
                  "expected the option architecture");
    check_refusal(run("convert tests/golden/tf2.15/zoo %s", in_folder("a.h5")), 1, "zoo");
    check_refusal(run("convert %s %s --from keras", model, in_folder("a.h5")), 1,
                  "no file in format 'keras'");
    check_refusal(run("convert %s %s", model, in_folder("a.pickle")), 1,
                  "a.pickle: the name belongs to a pickle of Python");
    check_refusal(run("convert %s %s", model, folder), 1, "is a directory");
    check_refusal(run("convert %s", model), 2, "DST is missing");
    check_refusal(run("convert %s a.h5 b.h5", model), 2, "unexpected argument 'b.h5'");
    check_refusal(run("convert %s %s --to caffe", model, in_folder("a")), 2, "no format is called 'caffe'");
    check_refusal(run("convert tests/golden/saver2.15/adam %s", in_folder("a.h5")), 1,
                  "do not say what the layers are and their order, which format 'keras-h5-weights' needs");
    check_refusal(run("convert tests/golden/saver2.15/old_format %s", in_folder("a.h5")), 1, "old format V1");
    check_refusal(run("convert %s %s --shards 2", model, in_folder("a.h5")), 2,
                  "format 'keras-h5' has no option 'shards'");
    check_refusal(run("convert %s %s --shards 0", model, in_folder("a")), 2, "--shards: 0 is below 1");
    check_refusal(run("convert tests/golden/tf2.15/alone %s --dialect keras3", in_folder("a")), 1,
                  "expected the option architecture");
    check_refusal(run("convert %s %s --dialect keras4", model, in_folder("a.h5")), 2, "dialect is 'keras4'");
    check_refusal(run("convert %s %s --architecture %s", model, in_folder("a.h5"), model), 2,
                  "architecture of its own");
    ck_assert_int_eq(count_files(folder), 0);
    program_cleanup();
}
END_TEST

START_TEST(test_convert__a_disk_that_refuses_leaves_what_was_there)
{
    static const char *const names[] = { "a.keras", "a.h5", "a", "a.json", "a.weights.h5" };
    program_setup();
    file_limit = 1000;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        check_refusal(run("convert %s %s", model, in_folder(names[i])), 1, "File too large");
        ck_assert_int_eq(count_files(folder), 0);
    }
    file_limit = 0;
    write_file(in_folder("a.keras"), "mine", 4);
    file_limit = 1000;
    check_refusal(run("convert %s %s", model, in_folder("a.keras")), 1, "File too large");
    file_limit = 0;
    size_t size;
    char *content = read_file(in_folder("a.keras"), &size);
    ck_assert(size == 4 && memcmp(content, "mine", 4) == 0);
    free(content);
    ck_assert_int_eq(count_files(folder), 1);
    check_refusal(run("convert %s %s", model, in_folder("a.keras/b.h5")), 1, "a.keras");
    mkdir(in_folder("closed"), 0500);
    if (geteuid() != 0) /* who may write everywhere */
        check_refusal(run("convert %s %s", model, in_folder("closed/a.h5")), 1, "Permission denied");
    check_refusal(run("convert %s /proc/a.h5", model), 1, "/proc");
    ck_assert_int_eq(count_files(in_folder("closed")), 0);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_convert__says_what_it_did, test_convert__a_dry_run_writes_nothing,
          test_convert__names_for_a_stream_are_refused, test_convert__names_of_modules_are_given_by_a_file,
          test_convert__a_missing_architecture_is_named_with_the_command,
          test_convert__a_directory_is_a_saved_model,
          test_convert__a_saver_s_checkpoint_needs_an_architecture,
          test_convert__a_directory_of_checkpoints_is_its_newest, test_convert__refusals_are_one_line,
          test_convert__a_disk_that_refuses_leaves_what_was_there)
