"""What the actions do, a module for each subject: its handlers, and the table `ACTIONS` by which `services` registers them."""
