"""The rules of buying and changing: what Partner Center does, whoever asks it to."""
