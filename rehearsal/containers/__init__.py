"""What the images of the rehearsal run: the training and evaluation scripts, and the
server of the model. They read folders and variables as in a container, and know nothing
of AWS."""
