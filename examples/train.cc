// The same in C++: what is made frees itself, errors are exceptions.
// usage: train DATA, a directory of IDX files such as Fashion-MNIST
#include <iostream>
#include <horn/horn.hpp>

static horn::model build()
{
    auto model = horn::make<horn::model>(horn_sequential_new, horn::with(horn_sequential_options{ .name = "mlp", .seed = 1 }));
    horn_model *m = model.get();
    horn::check(horn_model_add(m, horn_flatten(horn::with(horn_flatten_options{ .input_shape = { 28, 28 } }))));
    horn::check(horn_model_add(m, horn_dense(horn::with(horn_dense_options{ .units = 128, .activation = "relu" }))));
    horn::check(horn_model_add(m, horn_dense(horn::with(horn_dense_options{ .units = 10 }))));
    horn::check(horn_model_compile(
        m, horn::with(horn_compile_options{
               .optimizer = horn_adam(nullptr),
               .loss = horn_sparse_categorical_crossentropy(horn::with(horn_crossentropy_options{ .from_logits = true })),
               .metrics = { horn_metric_by_name("accuracy") } })));
    return model;
}

int main(int argc, char **argv)
try {
    auto data = horn::make<horn::dataset>(horn_dataset_load, argc > 1 ? argv[1] : "datasets/fashion-mnist", nullptr);
    horn::model model = build();
    horn::check(horn_model_fit(nullptr, model.get(), horn_dataset_x_train(data.get()), horn_dataset_y_train(data.get()),
                               horn::with(horn_fit_options{ .batch_size = 64, .epochs = 5 })));
    horn::check(horn_model_save(model.get(), "mlp.keras", nullptr));
    auto again = horn::make<horn::model>(horn_model_load, "mlp.keras", nullptr);
    horn_logs logs;
    horn::check(horn_model_evaluate(&logs, again.get(), horn_dataset_x_test(data.get()), horn_dataset_y_test(data.get()), nullptr));
    std::cout << "accuracy is " << horn_logs_get(&logs, "accuracy") << "\n";
} catch (const horn::error &e) {
    std::cerr << e.what() << "\n";
    return 1;
}
