"""What the images of training and serving run, and the rehearsal: the training and
evaluation scripts, and the server of the model. They read folders, or URIs on a
cluster, and variables as in a container."""
