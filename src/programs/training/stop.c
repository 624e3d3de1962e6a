#include "programs/training/stop.h"

#include <signal.h>
#include <stddef.h>

static const int signals[] = { SIGINT, SIGTERM };
enum { SIGNALS = sizeof signals / sizeof *signals };

/* The signal. */
static volatile sig_atomic_t came;
static bool caught[SIGNALS];

static void set_default(void)
{
    for (int i = 0; i < SIGNALS; i++)
        if (caught[i]) sigaction(signals[i], &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
}

static void note(int number)
{
    came = number;
    set_default();
}

void stop_catch(void)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART }, before;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++) sigaddset(&action.sa_mask, signals[i]);
    for (int i = 0; i < SIGNALS; i++) {
        sigaction(signals[i], NULL, &before);
        caught[i] = before.sa_handler != SIG_IGN;
        if (caught[i]) sigaction(signals[i], &action, NULL);
    }
}

int stop_release(void)
{
    set_default();
    return came;
}

void stop_hold(bool hold)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < SIGNALS; i++) sigaddset(&set, signals[i]);
    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static horn_status look(horn_callback *self, const horn_progress *p, const horn_logs *logs)
{
    (void)self, (void)p, (void)logs;
    return came ? HORN_INTERRUPTED : HORN_OK;
}

horn_callback stop_callback = { .on_batch_end = look, .on_epoch_end = look };
