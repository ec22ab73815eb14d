# What `import voluptuous` is at run time in Home Assistant 2026.9 and later: probatio under the older name.
from probatio import *  # noqa: F403 - all of it, under the other name
