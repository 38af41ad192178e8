"""The shapes of answers, one module for each dialect. Serializers, but only ever described by."""
