"""Messages, callbacks that keep their place, appointments, and the calls the platform makes for them."""
