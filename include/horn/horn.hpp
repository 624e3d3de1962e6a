/* For C++17 and later: objects that free themselves, errors as exceptions, and options where C has compound literals. All of
 * <horn/horn.h> stays as it is; examples/train.cc uses both. */
#ifndef HORN_HORN_HPP
#define HORN_HORN_HPP

#include <memory>
#include <stdexcept>
#include <horn/horn.h>

namespace horn {

/* what() is the error line. */
struct error : std::runtime_error {
    horn_status status;
    explicit error(horn_status s) : std::runtime_error(horn_last_error()), status(s)
    {
    }
};

/* Throws if a call failed: horn::check(horn_model_save(...)). */
inline void check(horn_status status)
{
    if (status != HORN_OK) throw error(status);
}

struct deleter {
    void operator()(horn_model *m) const
    {
        horn_model_free(m);
    }
    void operator()(horn_dataset *d) const
    {
        horn_dataset_free(d);
    }
    void operator()(horn_array *a) const
    {
        horn_array_free(a);
    }
    void operator()(horn_file *f) const
    {
        horn_file_close(f);
    }
    void operator()(horn_history *h) const
    {
        horn_history_free(h);
    }
};

using model = std::unique_ptr<horn_model, deleter>;
using dataset = std::unique_ptr<horn_dataset, deleter>;
using array = std::unique_ptr<horn_array, deleter>;
using file = std::unique_ptr<horn_file, deleter>;
using history = std::unique_ptr<horn_history, deleter>;

/* What a call fills in: horn::make<horn::model>(horn_model_load, "model.h5", nullptr). Throws if it fails. */
template <class Owner, class Call, class... Arguments> Owner make(Call call, Arguments... arguments)
{
    typename Owner::pointer p = nullptr;
    const horn_status status = call(&p, arguments...);
    Owner owner(p);
    check(status);
    return owner;
}

/* horn_dense(horn::with(horn_dense_options{ .units = 10 })) is horn_dense(&(horn_dense_options){ .units = 10 }) in C. The options live
 * until the end of the statement. */
template <class Options> const Options *with(const Options &options)
{
    return &options;
}

} // namespace horn

#endif
