"""Month to month: what follows from several months' ratings. Pure: no file, no store, no clock, no printing."""
