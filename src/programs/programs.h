/* The programs, as functions: each gets its command line, argv[0] its name, and returns the exit status. */
#ifndef PROGRAMS_PROGRAMS_H
#define PROGRAMS_PROGRAMS_H

int train_main(int argc, char **argv);
int evaluate_main(int argc, char **argv);
int predict_main(int argc, char **argv);
int convert_main(int argc, char **argv);
int inspect_main(int argc, char **argv);

#endif
