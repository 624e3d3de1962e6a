/* What lies in files of torch.save that are refused, and with what words; NULL: it is read, and shows what is changed in the others. */
#ifndef TESTS_TORCH_HOSTILE_FILES_H
#define TESTS_TORCH_HOSTILE_FILES_H

#include "formats/torch/pth.h"

#define BYTES(text) text, sizeof text - 1

typedef struct hostile {
    const char *text;
    size_t size;
    horn_status status;
    const char *words;
} hostile;

#define SIX      "K\6\x85"
#define ONE      "K\1\x85"
#define WRONG    HORN_ERROR_FORMAT
#define UNKNOWN  HORN_ERROR_UNSUPPORTED
#define HUGE     "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"
#define NEGATIVE "J\xff\xff\xff\xff"

/* The pickle of an archive: views that leave their storage. */
static const hostile hostile_views[] = {
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", SIX, ONE))), HORN_OK, NULL },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "K\2K\3\x86", "K\3K\1\x86"))), HORN_OK, NULL },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\5", ")", ")"))), HORN_OK, NULL },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\6", ")", ")"))), WRONG,
      "leaves its storage '0', which has 6 elements" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\6", "K\0\x85", ONE))), HORN_OK, NULL },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\7", "K\0\x85", ONE))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\1", SIX, ONE))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", SIX, "K\2\x85"))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "K\7\x85", ONE))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", HUGE, SIX, ONE))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", HUGE "\x85", ONE))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "K\2\x85", HUGE "\x85"))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", HUGE HUGE "\x86", "K\1K\1\x86"))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", HUGE HUGE "\x86", "K\0K\0\x86"))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", HUGE "\x85", "K\0\x85"))), WRONG, "leaves its storage" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "J\0\0\0\x40\x85", "K\0\x85"))), UNKNOWN,
      "which are 6 ones many times" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "J\0\0\0\x40K\4\x86", "K\0K\0\x86"))), UNKNOWN, "many times" },
    { BYTES(OBJECT(TENSOR("0", "K\6", NEGATIVE, SIX, ONE))), WRONG, "a tensor with wrong arguments" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", NEGATIVE "\x85", ONE))), WRONG, "wrong arguments" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\5", "K\2\x85", NEGATIVE "\x85"))), WRONG, "wrong arguments" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "N", SIX, ONE))), WRONG, "wrong arguments" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "K\2K\3\x86", ONE))), WRONG, "wrong arguments" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0",
                          "U\1"
                          "6\x85",
                          ONE))),
      WRONG, "wrong arguments" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "]K\6a", ONE))), WRONG, "wrong arguments" },
    { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "G\0\0\0\0\0\0\0\0\x85", ONE))), WRONG, "wrong arguments" },
};

/* The pickle of an archive: objects that are not what they say. */
static const hostile hostile_objects[] = {
    { BYTES("\x80\2ctorch\nFloatStorage\n."), UNKNOWN, "holds the name torch.FloatStorage of Python itself" },
    { BYTES(OBJECT("ctorch\nFloatStorage\n")), UNKNOWN, "of Python itself" },
    { BYTES(OBJECT(STORAGE_OF("FloatStorage", "0", "K\6"))), UNKNOWN, "holds a storage that is no tensor" },
    { BYTES(OBJECT("NQ")), UNKNOWN, "holds a storage that is no tensor" },
    { BYTES(OBJECT(TENSOR_OF("K\1", "K\0", SIX, ONE))), WRONG, "wrong arguments" },
    { BYTES(OBJECT(TENSOR_OF("NQ", "K\0", SIX, ONE))), WRONG, "a persistent object that is no storage" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storagetQ", "K\0", SIX, ONE))), WRONG, "that is no storage" },
    { BYTES(OBJECT(TENSOR_OF("(U\6modulectorch\nFloatStorage\nU\1"
                             "0U\1"
                             "0tQ",
                             "K\0", SIX, ONE))),
      UNKNOWN, "holds a whole module" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storageNU\1"
                             "0U\3cpuK\6tQ",
                             "K\0", SIX, ONE))),
      WRONG, "a storage without type" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storage" ORDERED "U\1"
                             "0U\3cpuK\6tQ",
                             "K\0", SIX, ONE))),
      WRONG, "a storage without type" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nK\0U\3cpuK\6tQ", "K\0", SIX, ONE))), WRONG,
      "without type, key" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nX\3\0\0\0"
                             "0\0"
                             "1U\3cpuK\6tQ",
                             "K\0", SIX, ONE))),
      WRONG, "without type, key" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nU\1"
                             "0NK\6tQ",
                             "K\0", SIX, ONE))),
      WRONG, "place or size" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nU\1"
                             "0U\3cpu" NEGATIVE "tQ",
                             "K\0", SIX, ONE))),
      WRONG, "place or size" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nU\1"
                             "0U\3cpuK\6"
                             "(U\1vK\0K\2ttQ",
                             "K\0", SIX, ONE))),
      UNKNOWN, "is part of another one" },
    { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nU\1"
                             "0U\3cpu" HUGE "tQ",
                             "K\0", SIX, ONE))),
      WRONG, "has 9223372036854775807 elements" },
    { BYTES(OBJECT(TENSOR_OF(STORAGE_OF("ComplexFloatStorage", "0", "K\3"), "K\0", SIX, ONE))), UNKNOWN,
      "holds complex numbers" },
    { BYTES(OBJECT(TENSOR_OF(STORAGE_OF("QInt8Storage", "0", "K\3"), "K\0", SIX, ONE))), UNKNOWN,
      "holds quantized numbers" },
    { BYTES(OBJECT(TENSOR_OF(STORAGE_OF("StringStorage", "0", "K\3"), "K\0", SIX, ONE))), UNKNOWN,
      "refers to torch.StringStorage" },
    { BYTES(OBJECT("ctorch._utils\n_rebuild_qtensor\n)R")), UNKNOWN, "holds a quantized tensor" },
    { BYTES(OBJECT("ctorch._utils\n_rebuild_sparse_tensor\n)R")), UNKNOWN, "holds a sparse tensor" },
    { BYTES(OBJECT("ctorch._utils\n_rebuild_tensor_v2\n)R")), WRONG, "a tensor with wrong arguments" },
    { BYTES(OBJECT("ctorch._utils\n_rebuild_parameter\n)R")), WRONG, "a parameter with wrong arguments" },
    { BYTES(OBJECT("ctorch._utils\n_rebuild_parameter\nK\1\x88" ORDERED ")R\x87R")), WRONG,
      "a parameter with wrong arguments" },
    { BYTES(OBJECT("ctorch._utils\n_rebuild_parameter\n" TENSOR("0", "K\6", "K\0", SIX, ONE) "\x88" ORDERED
                                                                                             ")R\x87R")),
      HORN_OK, NULL },
    { BYTES(OBJECT("ctorch\nSize\n(K\2NtR")), WRONG, "a torch.Size with wrong arguments" },
    { BYTES(OBJECT("ccollections\nCounter\nK\1\x85R")), WRONG, "a Counter with wrong arguments" },
    { BYTES(OBJECT("cnumpy.core.multiarray\nscalar\n)R")), UNKNOWN, "holds an object of NumPy" },
    { BYTES(OBJECT("c__main__\nNet\n)\x81")), UNKNOWN,
      "holds an object of a class of the program that wrote it" },
    { BYTES(OBJECT("ctorch.optim.adam\nAdam\n)\x81")), UNKNOWN,
      "holds a whole optimizer, expected its state_dict" },
    { BYTES(OBJECT("cos\nsystem\nU\4true\x85R")), UNKNOWN, "refers to os.system" },
    { BYTES("\x80\2}.and more"), WRONG, "8 bytes behind the pickle" },
    { BYTES("\x80\2}U\5epochK\3s."), UNKNOWN, "holds no state_dict of a model" },
    { BYTES("\x80\2}U\5modelN."), WRONG, "values are left" },
    { BYTES("\x80\2}(U\1w" TENSOR("0", "K\6", "K\0", SIX, ONE) "U\1v" TENSOR_OF(
          STORAGE_OF("IntStorage", "0", "K\6"), "K\0", SIX, ONE) "u."),
      WRONG, "storage '0' is of two types or sizes" },
    { BYTES("\x80\2}(U\1w" TENSOR("0", "K\6", "K\0", SIX, ONE) "U\1v" TENSOR("0", "K\5", "K\0", "K\5\x85",
                                                                             ONE) "u."),
      WRONG, "of two types or sizes" },
    { BYTES(OBJECT(TENSOR("1", "K\6", "K\0", SIX, ONE))), WRONG, "has no member m/data/1" },
    { BYTES(OBJECT(TENSOR("/", "K\6", "K\0", SIX, ONE))), WRONG, "has no member m/data//" },
    { BYTES(OBJECT(TENSOR("0", "K\7", "K\0", SIX, ONE))), WRONG,
      "has 24 bytes, expected 7 elements of float32" },
    { BYTES(OBJECT(TENSOR_OF(STORAGE_OF("DoubleStorage", "0", "K\6"), "K\0", SIX, ONE))), WRONG,
      "expected 6 elements of float64" },
};

#define GOOD OBJECT(TENSOR("0", "K\6", "K\0", SIX, ONE))

/* Whole files of the older form. */
static const hostile hostile_legacy[] = {
    { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                              "0a." LEGACY_VALUES),
      HORN_OK, NULL },
    { BYTES(LEGACY_MAGIC), WRONG, "the pickle ends after 0 bytes" },
    { BYTES(LEGACY_MAGIC "\x80\2M\xe8\3."), UNKNOWN, "of another protocol of PyTorch" },
    { BYTES(LEGACY_MAGIC "\x80\2M\xe9\3.\x80\2}."), WRONG, "does not say its byte order" },
    { BYTES(LEGACY_MAGIC "\x80\2M\xe9\3.\x80\2}U\15little_endian\x89s."), UNKNOWN, "big-endian" },
    { BYTES(LEGACY_HEADS GOOD), WRONG, "the pickle ends after 0 bytes" },
    { BYTES(LEGACY_HEADS GOOD "\x80\2]."), WRONG, "its list has 0 storages, its tensors have 1" },
    { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                              "1a." LEGACY_VALUES),
      WRONG, "storage '1' belongs to no tensor" },
    { BYTES(LEGACY_HEADS GOOD "\x80\2]K\0a." LEGACY_VALUES), WRONG, "belongs to no tensor" },
    { BYTES(LEGACY_HEADS GOOD "\x80\2](U\1"
                              "0U\1"
                              "0e." LEGACY_VALUES LEGACY_VALUES),
      WRONG, "its list has 2 storages" },
    { BYTES(LEGACY_HEADS "\x80\2}(U\1w" TENSOR("0", "K\6", "K\0", SIX, ONE) "U\1v" TENSOR(
          "1", "K\6", "K\0", SIX, ONE) "u.\x80\2](U\1"
                                       "0U\1"
                                       "0e." LEGACY_VALUES LEGACY_VALUES),
      WRONG, "or is there twice" },
    { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                              "0a." LEGACY_VALUES "x"),
      WRONG, "1 bytes behind the last storage" },
    { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                              "0a.\7\0\0\0\0\0\0\0"),
      WRONG, "has 7 elements, expected 6" },
    { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                              "0a.\6\0\0\0\0\0\0\0\0\0\x80\x3f"),
      WRONG, "passes the end of the file" },
    { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                              "0a.\6\0\0"),
      WRONG, "elements, expected 6" },
    { BYTES(LEGACY_HEADS "\x80\2cos\nsystem\n."), UNKNOWN, "refers to os.system" },
};

#endif
