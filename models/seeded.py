"""Seeded weights under which a deep network stays testable.

With fresh random weights the activations of a deep network shrink or explode, and a wrong shuffle
may hide in the noise. Here every BatchNorm is fitted to what really reaches it and then moved a
little, so activations stay at unit scale, no BatchNorm is the identity, and the logits depend on
every layer.
"""
import torch
from torch import nn
from torch.nn.functional import linear

LOGIT_DEVIATION = 2.0
# The least variance assumed, as a share of the layer's mean: an almost dead channel stays quiet.
VARIANCE_FLOOR = 0.1


def noise(shape, generator):
    """Uniform in [-1, 1) in steps of 1/128: exact in float32, and git can compress it."""
    return torch.randint(-128, 128, shape, generator=generator).float() / 128


def seed_weights(network, input_shape, seed):
    """Fills `network` in place; one forward pass on noise fits BatchNorms and logits in order."""
    generator = torch.Generator().manual_seed(seed)

    def normal(like, deviation):
        return torch.randn(like.shape, generator=generator) * deviation

    def uniform(like, low, high):
        return torch.rand(like.shape, generator=generator) * (high - low) + low

    def fit_batch_norm(layer, inputs):
        variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3))
        variance = variance.clamp(min=VARIANCE_FLOOR * variance.mean())
        layer.running_mean.copy_(mean + normal(mean, 0.1) * variance.sqrt())
        layer.running_var.copy_(variance * uniform(variance, 0.75, 1.25))
        layer.weight.copy_(uniform(layer.weight, 0.6, 1.4))
        layer.bias.copy_(normal(layer.bias, 0.2))

    def fit_logits(layer, inputs):
        layer.weight.mul_(LOGIT_DEVIATION / linear(inputs[0], layer.weight).std())
        if layer.bias is not None:
            layer.bias.copy_(normal(layer.bias, 0.1))

    hooks = []
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                inputs_per_output = layer.weight[0].numel()
                layer.weight.copy_(normal(layer.weight, (2 / inputs_per_output) ** 0.5))
            elif isinstance(layer, nn.BatchNorm2d):
                hooks.append(layer.register_forward_pre_hook(fit_batch_norm))
            elif isinstance(layer, nn.Linear):
                layer.weight.copy_(normal(layer.weight, layer.in_features**-0.5))
                hooks.append(layer.register_forward_pre_hook(fit_logits))
        network.eval()
        network(noise(input_shape, generator))
    for hook in hooks:
        hook.remove()
    return network

