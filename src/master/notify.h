/* What the service manager is told. Nothing happens when there is none. Layer 8. */
#ifndef MASTER_NOTIFY_H
#define MASTER_NOTIFY_H

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *status);

#endif
